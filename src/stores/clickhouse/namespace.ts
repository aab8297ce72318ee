import type { CollectionInfo, CollectionRef } from "../store.ts";
import type { Connection } from "./connection.ts";
import { serverException } from "./errors.ts";
import { HEADS_TABLE, HISTORY_TABLE, headsDdl, historyDdl } from "./history-ddl.ts";
import { ident, text } from "./sql.ts";

const DATABASE_ALREADY_EXISTS = 82;

function createDatabase(namespace: string): string {
  return `CREATE DATABASE ${ident(namespace)} ENGINE = Atomic`;
}

export async function ensureNamespace(
  connection: Connection,
  namespace: string,
  signal: AbortSignal,
): Promise<"created" | "exists"> {
  if (await namespaceExists(connection, namespace, signal)) return "exists";
  try {
    await connection.run(createDatabase(namespace), { signal });
    return "created";
  } catch (error) {
    // Somebody else was faster.
    if (serverException(error)?.code === DATABASE_ALREADY_EXISTS) return "exists";
    throw error;
  }
}

export async function namespaceExists(
  connection: Connection,
  namespace: string,
  signal: AbortSignal,
): Promise<boolean> {
  const sql = `SELECT 1 FROM system.databases WHERE name = ${text(namespace)}`;
  return (await connection.query(sql, { signal })).length > 0;
}

/** What `init` runs on an empty server. */
export function initStatements(namespace: string): readonly string[] {
  return [createDatabase(namespace), historyDdl(namespace), headsDdl(namespace)];
}

export async function dropNamespaceIfEmpty(
  connection: Connection,
  namespace: string,
  signal: AbortSignal,
): Promise<boolean> {
  const held = `SELECT count() FROM system.tables WHERE database = ${text(namespace)}`;
  const [row] = await connection.query<[string]>(held, { signal });
  if (Number(row?.[0]) > 0 || !(await namespaceExists(connection, namespace, signal))) return false;
  await connection.run(`DROP DATABASE IF EXISTS ${ident(namespace)} SYNC`, { signal });
  return true;
}

/** Tables, views and dictionaries; not the hidden tables of materialized views, which go with them. */
export async function catalog(
  connection: Connection,
  namespace: string,
  signal: AbortSignal,
): Promise<readonly CollectionInfo[]> {
  const rows = await connection.query<[string, string | null, string | null]>(
    `SELECT name, total_rows, total_bytes FROM system.tables
     WHERE database = ${text(namespace)} AND NOT startsWith(name, '.inner')
       AND name NOT IN (${text(HISTORY_TABLE)}, ${text(HEADS_TABLE)}) AND NOT startsWith(name, '_dbctl_')
     ORDER BY name`,
    { signal },
  );
  return rows.map(([name, total, size]) => ({
    name,
    rows: Number(total ?? 0),
    sizeBytes: Number(size ?? 0),
  }));
}

export async function dropCollection(
  connection: Connection,
  namespace: string,
  { name }: CollectionRef,
  signal: AbortSignal,
): Promise<void> {
  const [row] = await connection.query<[string]>(
    `SELECT engine FROM system.tables WHERE database = ${text(namespace)} AND name = ${text(name)}`,
    { signal },
  );
  if (row === undefined) return;
  const kind = row[0] === "Dictionary" ? "DICTIONARY" : row[0] === "View" ? "VIEW" : "TABLE";
  await connection.run(`DROP ${kind} IF EXISTS ${ident(namespace)}.${ident(name)} SYNC`, { signal });
}
