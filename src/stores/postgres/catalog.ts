import type { CollectionInfo, CollectionRef } from "../store.ts";
import type { Connections } from "./connection.ts";
import { isMissing, type Server } from "./database.ts";
import { sqlstateOf } from "./errors.ts";
import { quoteText } from "./literal.ts";
import { type Namespace, qualified } from "./namespace.ts";
import { fillSql, readSql } from "./sql-file.ts";

const CATALOG = readSql("catalog.sql");
const DEPENDENTS = readSql("dependents.sql");
const LOCK_NOT_AVAILABLE = "55P03";
const SIZE = "pg_total_relation_size(part.oid)";
const SIZE_WITHOUT_LOCK = "part.relpages::int8 * current_setting('block_size')::int8";

/** Measuring a table waits behind whoever holds it exclusively: then its pages at the last count have to do. */
export async function catalog(
  connections: Connections,
  namespace: Namespace,
  signal: AbortSignal,
): Promise<readonly CollectionInfo[]> {
  const read = (size: string) =>
    connections.use(signal, (session) => {
      const select = fillSql(CATALOG, { schema: quoteText(namespace.schema), size });
      return session.run(`BEGIN READ ONLY; SET LOCAL lock_timeout = 100; ${select}; COMMIT`);
    });
  const rows = await read(SIZE).catch((error: unknown) => {
    if (sqlstateOf(error) === LOCK_NOT_AVAILABLE) return read(SIZE_WITHOUT_LOCK);
    throw error;
  });
  return rows.map((row) => ({
    name: row.name ?? "",
    rows: Number(row.rows),
    sizeBytes: Number(row.size_bytes),
  }));
}

const KINDS: Readonly<Record<string, string>> = {
  r: "TABLE",
  p: "TABLE",
  v: "VIEW",
  m: "MATERIALIZED VIEW",
  f: "FOREIGN TABLE",
};

/** With what hangs on it inside the namespace; refuses to reach outside of it. */
export async function dropCollection(
  { connections, faults, namespace }: Server,
  { name }: CollectionRef,
  signal: AbortSignal,
): Promise<void> {
  const values = [namespace.schema, name];
  try {
    await connections.use(signal, async (session) => {
      const [found] = await session.run(
        "SELECT c.relkind FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace " +
          "WHERE n.nspname = $1 AND c.relname = $2",
        values,
      );
      const kind = KINDS[found?.relkind ?? ""];
      if (kind === undefined) return;
      const outside = namespace.kind === "schema" ? await session.run(DEPENDENTS, values) : [];
      if (outside.length > 0) {
        const list = outside.map((row) => row.name).join(", ");
        throw faults.fault("STATEMENT_FAILED", `${name} can't be dropped: other schemas use it (${list})`);
      }
      await session.run(`DROP ${kind} IF EXISTS ${qualified(namespace, name)} CASCADE`);
    });
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}
