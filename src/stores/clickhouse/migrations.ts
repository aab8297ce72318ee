import type { Head, Migrations, StoreName } from "../store.ts";
import type { Connection } from "./connection.ts";
import { History, orNone } from "./history.ts";
import { HEADS_TABLE, HISTORY_TABLE, headsDdl, historyDdl } from "./history-ddl.ts";
import { splitScript } from "./split.ts";
import { ident, text } from "./sql.ts";

export function migrations(connection: Connection, namespace: string): Migrations {
  const history = new History(connection, namespace);
  const heads = `${ident(namespace)}.${ident(HEADS_TABLE)}`;
  return {
    async ensureHistory(signal) {
      await connection.run(historyDdl(namespace), { signal });
      await connection.run(headsDdl(namespace), { signal });
    },
    async history(signal) {
      return (await history.read(signal))?.map(({ revision }) => revision) ?? null;
    },
    parse: splitScript,
    async apply(step, options) {
      const { applyStep } = await import("./apply.ts");
      return applyStep({ connection, namespace, history }, step, options);
    },
    async heads(signal) {
      const sql = `SELECT store, version, chain, revisions FROM ${heads} FINAL WHERE NOT deleted ORDER BY store`;
      const rows = await orNone(connection.query<[StoreName, string, string, number]>(sql, { signal }));
      return (
        rows?.map(([store, version, chain, revisions]) => ({ store, version, chain, revisions })) ?? null
      );
    },
    recordHead: (store, head, signal) => recordHead(connection, heads, store, head, signal),
    async dropHistory(signal) {
      for (const table of [HISTORY_TABLE, HEADS_TABLE]) {
        const sql = `DROP TABLE IF EXISTS ${ident(namespace)}.${ident(table)} SYNC`;
        await orNone(connection.run(sql, { signal }));
      }
    },
  };
}

async function recordHead(
  connection: Connection,
  heads: string,
  store: StoreName,
  head: Head | null,
  signal: AbortSignal,
): Promise<void> {
  const { version = "", chain = "", revisions = 0 } = head ?? {};
  const values = [
    text(store),
    text(version),
    text(chain),
    revisions,
    "max(revision) + 1",
    head === null ? 1 : 0,
  ];
  await connection.run(
    `INSERT INTO ${heads} (store, version, chain, revisions, revision, deleted) SELECT ${values.join(", ")} FROM ${heads}`,
    { signal },
  );
}
