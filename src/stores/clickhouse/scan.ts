import type { KeyRange, ReadOptions, RowBatch } from "../store.ts";
import type { Connection } from "./connection.ts";
import { isRawOrdered, rangeConditions } from "./key.ts";
import { rowBatches } from "./rows.ts";
import { ident } from "./sql.ts";
import { type Table, whereClause } from "./table.ts";

/** Sorts on disk what is larger: a scan in order must not take the server's memory. */
export const SORT_SETTINGS = {
  max_bytes_before_external_sort: "1000000000",
  max_bytes_before_external_group_by: "1500000000",
  max_ast_elements: "1000000",
  max_expanded_ast_elements: "4000000",
} as const;

/** Every row of the range by key, then by encoding. */
export async function* scanOrdered(
  connection: Connection,
  table: Table,
  range: KeyRange,
  { signal }: ReadOptions,
): AsyncGenerator<RowBatch> {
  const where = whereClause([...table.where, ...rangeConditions(table.key, range)]);
  const sql = `SELECT ${table.tuple} AS dbctl_row FROM ${table.source}${where} ORDER BY ${orderOf(table)}, dbctl_row FORMAT RawBLOB`;
  yield* rowBatches(await connection.open(sql, { signal, settings: SORT_SETTINGS }), table.columns.length);
}

/** Raw columns where the table lies in their order already: then nothing is sorted. */
export function orderOf({ keyColumns, sortingColumns, key }: Table): string {
  const isLaidOut = keyColumns.every(
    (column, index) => isRawOrdered(column) && column.field.column === sortingColumns[index],
  );
  return isLaidOut ? keyColumns.map(({ field }) => ident(field.column)).join(", ") : key.expression;
}
