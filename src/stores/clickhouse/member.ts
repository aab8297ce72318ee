import { sortableKey } from "../../encoding/order.ts";
import { encodeTuple } from "../../encoding/tuple.ts";
import type { Key } from "../store.ts";
import { ByteSink } from "./byte-sink.ts";
import { cellsOf } from "./cells.ts";
import { columnWriter } from "./column-writer.ts";
import { isExact } from "./fit.ts";
import { keySortable } from "./key.ts";
import { acceptedRows, blockBytes, writeBlock } from "./native.ts";
import { hex, ident } from "./sql.ts";
import type { Table } from "./table.ts";

/**
 * A condition that holds for the rows of these keys and no other. Where a column's own values stand one to one for the
 * declared ones it is said in the column's terms, so that the table's index serves.
 */
export function memberCondition(table: Table, keys: readonly Key[]): string {
  const { keyColumns } = table;
  if (keyColumns.every(({ field, type }) => !type.nullable && isExact(field.type, type))) {
    return rawMembers(table, keys);
  }
  const bytes = keys.map((key) => lengthPrefixed(sortableKey(table.key.types, key)));
  return `${keySortable(table.keyColumns)} IN (SELECT k FROM format(RowBinary, 'k String', ${hex(Buffer.concat(bytes))}))`;
}

function rawMembers(table: Table, keys: readonly Key[]): string {
  const tuples = Buffer.concat(keys.map(encodeTuple));
  const width = table.keyColumns.length;
  const rows = cellsOf(tuples, keys.length, width);
  const writers = table.keyColumns.map(columnWriter);
  // A key that the columns can't hold is not there.
  const held = acceptedRows(writers, rows, () => {});
  if (held.length === 0) return "0";
  const sink = new ByteSink(Buffer.allocUnsafe(blockBytes(writers, rows)));
  writeBlock(sink, writers, rows, held);
  const names = table.keyColumns.map(({ field }) => ident(field.column)).join(", ");
  return `(${names}) IN (SELECT ${names} FROM format(Native, ${hex(sink.take())}))`;
}

function lengthPrefixed(bytes: Buffer): Buffer {
  const prefix: number[] = [];
  let { length } = bytes;
  for (; length >= 0x80; length >>>= 7) prefix.push((length & 0x7f) | 0x80);
  return Buffer.concat([Buffer.from([...prefix, length]), bytes]);
}
