import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import pg from "pg";
import { from as copyFrom, to as copyTo } from "pg-copy-streams";

/** What each engine does with the same rows and nothing of dbctl in between, in ms. */
export interface Floors {
  /** COPY FROM, binary, into a table like the one that dbctl filled. */
  readonly copyMs: number;
  /** INSERT, Native, into a table like the one that dbctl filled. */
  readonly nativeMs: number;
  /** COPY TO, binary, in key order, into SHA-256. */
  readonly digestMs: number;
}

export interface FloorPlaces {
  readonly postgres: URL;
  readonly clickhouse: URL;
  /** A folder for the rows. */
  readonly dir: string;
}

/** What dbctl is to fill. */
export async function emptyTables({ postgres, clickhouse }: FloorPlaces): Promise<void> {
  const client = new pg.Client({ connectionString: postgres.href });
  await client.connect();
  try {
    await client.query("TRUNCATE executions");
  } finally {
    await client.end();
  }
  await drained(await query(clickhouse, "TRUNCATE TABLE executions SYNC"));
}

/** The rows are taken out of the tables first; that is not measured. */
export async function measureFloors({ postgres, clickhouse, dir }: FloorPlaces): Promise<Floors> {
  const client = new pg.Client({ connectionString: postgres.href });
  await client.connect();
  try {
    const copied = `${dir}/rows.copy`;
    await pipeline(
      client.query(copyTo("COPY executions TO STDOUT (FORMAT binary)")),
      createWriteStream(copied),
    );
    await client.query("CREATE TABLE plain (LIKE executions INCLUDING ALL)");
    const copyMs = await timed(() =>
      pipeline(
        createReadStream(copied, { highWaterMark: 1 << 20 }),
        client.query(copyFrom("COPY plain FROM STDIN (FORMAT binary)")),
      ),
    );
    await client.query("DROP TABLE plain");
    const digestMs = await timed(() =>
      pipeline(
        client.query(copyTo("COPY (SELECT * FROM executions ORDER BY id) TO STDOUT (FORMAT binary)")),
        createHash("sha256"),
      ),
    );
    return { copyMs, digestMs, nativeMs: await measureNative(clickhouse, `${dir}/rows.native`) };
  } finally {
    await client.end();
  }
}

async function measureNative(clickhouse: URL, file: string): Promise<number> {
  const rows = await query(clickhouse, "SELECT * FROM executions FORMAT Native");
  if (rows.body === null) throw new Error("no rows");
  await pipeline(Readable.fromWeb(rows.body), createWriteStream(file));
  await drained(await query(clickhouse, "CREATE TABLE plain AS executions"));
  const nativeMs = await timed(async () => {
    const body = Readable.toWeb(createReadStream(file, { highWaterMark: 1 << 20 })) as ReadableStream;
    await drained(await query(clickhouse, "INSERT INTO plain FORMAT Native", body));
  });
  await drained(await query(clickhouse, "DROP TABLE plain SYNC"));
  return nativeMs;
}

async function query(clickhouse: URL, sql: string, body?: ReadableStream): Promise<Response> {
  const { origin, pathname, username, password } = clickhouse;
  const url = new URL(origin);
  url.searchParams.set("database", pathname.slice(1));
  url.searchParams.set("query", sql);
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const init = { method: "POST", headers: { authorization: `Basic ${btoa(credentials)}` } };
  const response = await fetch(url, body === undefined ? init : { ...init, body, duplex: "half" });
  if (!response.ok) throw new Error(`${sql}: ${await response.text()}`);
  return response;
}

async function drained(response: Response): Promise<void> {
  await response.arrayBuffer();
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await run();
  return performance.now() - startedMs;
}
