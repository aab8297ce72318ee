import { tupleKey } from "../../encoding/tuple.ts";
import type { Key } from "../store.ts";
import { type Cells, lengthAt } from "./cells.ts";
import type { Connection } from "./connection.ts";
import { removeKeys } from "./remove.ts";
import { text } from "./sql.ts";
import type { Table } from "./table.ts";

/** Whether the engine keeps the newest insert of each declared key, so that an insert replaces. */
export function replacesByItself({ engine, hasVersion, sortingColumns, keyColumns }: Table): boolean {
  const keys = new Set(keyColumns.map(({ field }) => field.column));
  const sameKey = sortingColumns.length === keys.size && sortingColumns.every((name) => keys.has(name));
  return engine.endsWith("ReplacingMergeTree") && !hasVersion && sameKey;
}

/**
 * Deletes what the table holds of the rows' keys. Returns the rows to insert: of several with one key the last.
 * @param rows which of `cells`
 */
export async function replaceKeys(
  connection: Connection,
  table: Table,
  cells: Cells,
  rows: Int32Array,
  signal: AbortSignal,
): Promise<Int32Array> {
  const { keyLength } = table.projection;
  const last = new Map<string, number>();
  for (const row of rows) last.set(nameOf(cells, row, keyLength), row);
  const kept = last.size === rows.length ? rows : Int32Array.from([...last.values()].sort((a, b) => a - b));
  if (await isEmpty(connection, table, signal)) return kept;
  const keys: Key[] = [];
  for (const row of kept) {
    keys.push(tupleKey(cells.bytes.subarray((cells.at[row * cells.width] ?? 2) - 2), keyLength));
  }
  await removeKeys(connection, table, keys, signal);
  return kept;
}

/** By the parts, deleted rows counted: to look for a row among deleted ones with LIMIT 1 takes ClickHouse minutes. */
async function isEmpty(connection: Connection, table: Table, signal: AbortSignal): Promise<boolean> {
  const at = `database = ${text(table.namespace)} AND name = ${text(table.ref.name)}`;
  const [row] = await connection.query<[string | null]>(`SELECT total_rows FROM system.tables WHERE ${at}`, {
    signal,
  });
  return row?.[0] === "0";
}

function nameOf({ bytes, at, width }: Cells, row: number, keyLength: number): string {
  const start = at[row * width] ?? 0;
  const lastCell = at[row * width + keyLength - 1] ?? 0;
  return bytes.toString("latin1", start, lastCell + 4 + Math.max(0, lengthAt(bytes, lastCell)));
}
