/** `_migration_history` and `_dbctl_heads`. */
import { DbctlError } from "../../errors.ts";
import type { Head, Revision, StoreName } from "../store.ts";
import { isMissing, type Server } from "./database.ts";
import { sqlstateOf } from "./errors.ts";
import { arrayLiteral, quoteText } from "./literal.ts";
import { type Namespace, qualified } from "./namespace.ts";
import type { Row, Session } from "./session.ts";
import { fillSql, readSql } from "./sql-file.ts";

const HISTORY_DDL = readSql("history-ddl.sql");
const HEADS_DDL = readSql("heads-ddl.sql");
const HISTORY = "_migration_history";
const HEADS = "_dbctl_heads";
const FORMAT_VERSION = 1;
const UNDEFINED_TABLE = "42P01";
/** Whoever creates the history holds it; the number is arbitrary. */
const CREATION_LOCK = 7_308_057_301;

export function historyTable(namespace: Namespace): string {
  return qualified(namespace, HISTORY);
}

function headsTable(namespace: Namespace): string {
  return qualified(namespace, HEADS);
}

export function historyDdl(namespace: Namespace): readonly [history: string, heads: string] {
  return [
    fillSql(HISTORY_DDL, { history: historyTable(namespace) }),
    fillSql(HEADS_DDL, { heads: headsTable(namespace) }),
  ];
}

/** Tables that are there are left alone: creating takes a privilege that using them does not. */
export async function ensureHistory({ connections, namespace }: Server, signal: AbortSignal): Promise<void> {
  const [history, heads] = historyDdl(namespace);
  await connections.use(signal, async (session) => {
    if ((await missingTables(session, namespace)).length === 0) return;
    await session.run(`BEGIN; SELECT pg_advisory_xact_lock(${CREATION_LOCK})`);
    for (const table of await missingTables(session, namespace))
      await session.run(table === "history" ? history : heads);
    await session.run("COMMIT");
  });
}

async function missingTables(
  session: Session,
  namespace: Namespace,
): Promise<readonly ("history" | "heads")[]> {
  // Not to_regclass: it answers from a cache that nothing refreshes while a transaction waits for the lock.
  const rows = await session.run(
    "SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace " +
      `WHERE n.nspname = ${quoteText(namespace.schema)} AND c.relname IN ('${HISTORY}', '${HEADS}')`,
  );
  const there = rows.map(({ relname }) => relname);
  return [
    ...(there.includes(HISTORY) ? [] : ["history" as const]),
    ...(there.includes(HEADS) ? [] : ["heads" as const]),
  ];
}

export async function readHistory(server: Server, signal: AbortSignal): Promise<readonly Revision[] | null> {
  const rows = await readTable(
    server,
    signal,
    "SELECT *, to_json(statement_hashes) AS hashes, to_char(started_at AT TIME ZONE 'UTC', " +
      `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS started FROM ${historyTable(server.namespace)} ORDER BY position`,
  );
  return rows?.map(revisionOf) ?? null;
}

export async function readHeads(server: Server, signal: AbortSignal): Promise<readonly Head[] | null> {
  const rows = await readTable(
    server,
    signal,
    `SELECT * FROM ${headsTable(server.namespace)} ORDER BY store`,
  );
  return (
    rows?.map((row) => ({
      store: row.store as StoreName,
      version: row.version ?? "",
      chain: row.chain ?? "",
      revisions: Number(row.revisions),
    })) ?? null
  );
}

/** Null when the table, its schema or its database is not there. */
async function readTable(
  { connections, options }: Server,
  signal: AbortSignal,
  select: string,
): Promise<readonly Row[] | null> {
  const limit = `SET LOCAL statement_timeout = ${options.statementTimeoutMs}`;
  try {
    return await connections.use(signal, (session) =>
      session.run(`BEGIN READ ONLY; ${limit}; ${select}; COMMIT`),
    );
  } catch (error) {
    if (isMissing(error) || sqlstateOf(error) === UNDEFINED_TABLE) return null;
    throw error;
  }
}

function revisionOf(row: Row): Revision {
  if (Number(row.format_version) !== FORMAT_VERSION) {
    const message = `the history of postgres has format ${row.format_version}, which this dbctl does not know`;
    throw new DbctlError("HISTORY_DIVERGED", message, { store: "postgres", hint: "use a newer dbctl" });
  }
  return {
    formatVersion: FORMAT_VERSION,
    version: row.version ?? "",
    name: row.name ?? "",
    checksum: row.checksum ?? "",
    chain: row.chain ?? "",
    upBody: row.up_body ?? "",
    downBody: row.down_body ?? null,
    direction: row.direction === "down" ? "down" : "up",
    statementsTotal: Number(row.statements_total),
    statementsApplied: Number(row.statements_applied),
    statementInFlight: row.statement_in_flight === "t",
    statementHashes: JSON.parse(row.hashes ?? "[]") as string[],
    startedAt: row.started ?? "",
    durationMs: Number(row.duration_ms),
    user: row.user_name ?? "",
    host: row.host ?? "",
    dbctlVersion: row.dbctl_version ?? "",
    error: row.error ?? null,
  };
}

/** Puts the revision in the place of whatever is recorded of its version. */
export function recordSql(namespace: Namespace, revision: Revision): string {
  const columns = revisionColumns(revision);
  const names = columns.map(([name]) => name);
  const updates = names.filter((name) => name !== "version").map((name) => `${name} = EXCLUDED.${name}`);
  return (
    `INSERT INTO ${historyTable(namespace)} (${names.join(", ")}) VALUES (${columns.map(([, sql]) => sql).join(", ")}) ` +
    `ON CONFLICT (version) DO UPDATE SET ${updates.join(", ")}`
  );
}

function revisionColumns(revision: Revision): readonly (readonly [name: string, sql: string])[] {
  const text = (value: string | null) => (value === null ? "NULL" : quoteText(value));
  const hashes = revision.statementHashes.map((hash) => Buffer.from(hash));
  return [
    ["format_version", String(revision.formatVersion)],
    ["version", text(revision.version)],
    ["name", text(revision.name)],
    ["checksum", text(revision.checksum)],
    ["chain", text(revision.chain)],
    ["up_body", text(revision.upBody)],
    ["down_body", text(revision.downBody)],
    ["direction", text(revision.direction)],
    ["statements_total", String(revision.statementsTotal)],
    ["statements_applied", String(revision.statementsApplied)],
    ["statement_in_flight", String(revision.statementInFlight)],
    ["statement_hashes", arrayLiteral({ kind: "text" }, "text", hashes)],
    ["started_at", `${text(revision.startedAt)}::timestamptz`],
    ["duration_ms", String(revision.durationMs)],
    ["user_name", text(revision.user)],
    ["host", text(revision.host)],
    ["dbctl_version", text(revision.dbctlVersion)],
    ["error", text(revision.error)],
  ];
}

export function removeSql(namespace: Namespace, version: string): string {
  return `DELETE FROM ${historyTable(namespace)} WHERE version = ${quoteText(version)}`;
}

export async function recordHead(
  { connections, namespace }: Server,
  store: StoreName,
  head: Head | null,
  signal: AbortSignal,
): Promise<void> {
  const table = headsTable(namespace);
  await connections.use(signal, (session) =>
    head === null
      ? session.run(`DELETE FROM ${table} WHERE store = $1`, [store])
      : session.run(
          `INSERT INTO ${table} (store, version, chain, revisions) VALUES ($1, $2, $3, $4) ` +
            "ON CONFLICT (store) DO UPDATE SET version = $2, chain = $3, revisions = $4",
          [store, head.version, head.chain, head.revisions],
        ),
  );
}

export async function dropHistory({ connections, namespace }: Server, signal: AbortSignal): Promise<void> {
  try {
    await connections.use(signal, (session) =>
      session.run(`DROP TABLE IF EXISTS ${historyTable(namespace)}, ${headsTable(namespace)}`),
    );
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}
