import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { from as copyFrom } from "pg-copy-streams";
import type { Session } from "./session.ts";

/** Signature, flags, length of the extension; field count −1: https://www.postgresql.org/docs/current/sql-copy.html */
const HEADER = Buffer.from("PGCOPY\n\u00ff\r\n\0\0\0\0\0\0\0\0\0", "latin1");
const TRAILER = Buffer.from([0xff, 0xff]);

/**
 * Runs `COPY … FROM STDIN (FORMAT binary)` with these tuples. When `chunks` throws the COPY fails, and what it threw is
 * thrown as it is, with the session in a failed transaction.
 */
export async function copyIn(
  session: Session,
  sql: string,
  chunks: AsyncIterable<Uint8Array>,
): Promise<void> {
  let sourceError: unknown = null;
  async function* file() {
    yield HEADER;
    try {
      yield* chunks;
    } catch (error) {
      sourceError = error;
      throw error;
    }
    yield TRAILER;
  }
  try {
    await session.raw((client) =>
      pipeline(Readable.from(file(), { highWaterMark: 2 }), client.query(copyFrom(sql))),
    );
  } catch (error) {
    throw sourceError ?? error;
  }
}
