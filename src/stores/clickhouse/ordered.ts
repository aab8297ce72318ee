import { tupleKey, tuples } from "../../encoding/tuple.ts";
import { DbctlError } from "../../errors.ts";
import type { Key, KeyRange, OrderedReads, ReadOptions } from "../store.ts";
import type { Connection } from "./connection.ts";
import { digestRanges } from "./digest.ts";
import { interruptible } from "./interrupt.ts";
import { rowBatches } from "./rows.ts";
import { orderOf, SORT_SETTINGS, scanOrdered } from "./scan.ts";
import { ident } from "./sql.ts";
import { type Table, whereClause } from "./table.ts";

export function orderedReads(connection: Connection, table: Table): OrderedReads {
  return {
    split: (rowsPerLeaf, options) => split(connection, table, rowsPerLeaf, options),
    scan: (range, options) =>
      interruptible(connection, options.signal, scanOrdered(connection, table, range, options)),
    digest: (ranges, options) =>
      interruptible(connection, options.signal, digestRanges(connection, table, ranges, options)),
  };
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
