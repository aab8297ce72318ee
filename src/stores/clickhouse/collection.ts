import { tupleKey, tuples } from "../../encoding/tuple.ts";
import type { Collection, CollectionRef, Key, Projection, ReadOptions, RowBatch } from "../store.ts";
import type { Connection } from "./connection.ts";
import { interruptible } from "./interrupt.ts";
import { load } from "./load.ts";
import { lookup } from "./lookup.ts";
import { orderedReads } from "./ordered.ts";
import { removeKeys } from "./remove.ts";
import { rowBatches } from "./rows.ts";
import { openTable, type Table, whereClause } from "./table.ts";

/** @throws COLLECTION_MISSING, or CONFIG_INVALID naming every column that is absent or can't hold its declared type */
export async function openCollection(
  connection: Connection,
  namespace: string,
  ref: CollectionRef,
  projection: Projection,
  signal: AbortSignal,
): Promise<Collection> {
  const table = await openTable(connection, namespace, ref, projection, signal);
  const where = whereClause(table.where);
  return {
    ref,
    projection,
    async count({ signal }) {
      const sql = `SELECT count() FROM ${table.source}${where}`;
      const [row] = await connection.query<[string]>(sql, { signal });
      return Number(row?.[0] ?? 0);
    },
    scan: (options) =>
      interruptible(
        connection,
        options.signal,
        scan(connection, table, table.tuple, table.columns.length, options),
      ),
    lookup: (keys, options) => lookup(connection, table, keys, options),
    keys: (options) => interruptible(connection, options.signal, scanKeys(connection, table, options)),
    load: (rows, options) => load(connection, table, rows, options),
    remove: (keys, options) => removeKeys(connection, table, keys, options.signal),
    ordered: orderedReads(connection, table),
  };
}

async function* scan(
  connection: Connection,
  table: Table,
  expression: string,
  width: number,
  { signal }: ReadOptions,
): AsyncGenerator<RowBatch> {
  const sql = `SELECT ${expression} FROM ${table.source}${whereClause(table.where)} FORMAT RawBLOB`;
  yield* rowBatches(await connection.open(sql, { signal }), width);
}

async function* scanKeys(
  connection: Connection,
  table: Table,
  options: ReadOptions,
): AsyncGenerator<readonly Key[]> {
  const { keyLength } = table.projection;
  for await (const batch of scan(connection, table, table.keyTuple, keyLength, options)) {
    const keys: Key[] = [];
    for (const tuple of tuples(batch)) keys.push(tupleKey(tuple, keyLength));
    yield keys;
  }
}
