import { tupleKey, tuples } from "../../encoding/tuple.ts";
import { DbctlError } from "../../errors.ts";
import type { Key, KeyRange, OrderedReads, ReadOptions, RowBatch } from "../store.ts";
import type { Connection } from "./connection.ts";
import { digestRanges } from "./digest.ts";
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

export function orderedReads(connection: Connection, table: Table): OrderedReads {
  return {
    split: (rowsPerLeaf, options) => split(connection, table, rowsPerLeaf, options),
    scan: (range, options) => scanOrdered(connection, table, range, options),
    digest: (ranges, options) => digestRanges(connection, table, ranges, options),
  };
}

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
function orderOf({ keyColumns, sortingColumns, key }: Table): string {
  const isLaidOut = keyColumns.every(
    (column, index) => isRawOrdered(column) && column.field.column === sortingColumns[index],
  );
  return isLaidOut ? keyColumns.map(({ field }) => ident(field.column)).join(", ") : key.expression;
}

async function split(
  connection: Connection,
  table: Table,
  rowsPerLeaf: number,
  { signal }: ReadOptions,
): Promise<readonly KeyRange[]> {
  if (!(Number.isSafeInteger(rowsPerLeaf) && rowsPerLeaf > 0)) {
    throw new DbctlError("INTERNAL", `a leaf of ${rowsPerLeaf} rows`);
  }
  const names = table.keyColumns.map(({ field }) => ident(field.column)).join(", ");
  const rows = `SELECT ${names} FROM ${table.source}${whereClause(table.where)} ORDER BY ${orderOf(table)}`;
  const sql = `SELECT ${table.keyTuple} FROM (${rows}) WHERE rowNumberInAllBlocks() % ${rowsPerLeaf} = 0 FORMAT RawBLOB`;
  const settings = { ...SORT_SETTINGS, query_plan_remove_redundant_sorting: 0 as const };
  const width = table.keyColumns.length;
  const ranges: KeyRange[] = [];
  let previous: Buffer | null = null;
  let from: Key | null = null;
  for await (const batch of rowBatches(await connection.open(sql, { signal, settings }), width)) {
    for (const tuple of tuples(batch)) {
      // Duplicates of a key stay in one leaf.
      if (previous === null || Buffer.compare(previous, tuple) !== 0) {
        const key = tupleKey(tuple, width);
        if (previous !== null) {
          ranges.push({ from, to: key });
          from = key;
        }
        previous = Buffer.from(tuple);
      }
    }
  }
  return [...ranges, { from, to: null }];
}
