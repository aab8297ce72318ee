import { encodeTuple, tuples } from "../../encoding/tuple.ts";
import type { Key, ReadOptions } from "../store.ts";
import { lengthAt } from "./cells.ts";
import type { Connection } from "./connection.ts";
import { memberCondition } from "./member.ts";
import { rowBatches } from "./rows.ts";
import { asBuffer } from "./sql.ts";
import type { Table } from "./table.ts";

const KEYS_PER_QUERY = 50_000;

/** The rows of each key, whatever `where` says; duplicates ordered by their encoding. */
export async function lookup(
  connection: Connection,
  table: Table,
  keys: readonly Key[],
  options: ReadOptions,
): Promise<readonly (readonly Uint8Array[])[]> {
  connection.checkOpen();
  const found = new Map<string, Uint8Array[]>();
  const { keyLength } = table.projection;
  for (let start = 0; start < keys.length; start += KEYS_PER_QUERY) {
    const asked = keys.slice(start, start + KEYS_PER_QUERY);
    for await (const tuple of matching(
      connection,
      table,
      asked,
      table.tuple,
      table.columns.length,
      options,
    )) {
      const name = keyName(tuple, keyLength);
      const rows = found.get(name);
      if (rows === undefined) found.set(name, [tuple]);
      else rows.push(tuple);
    }
  }
  for (const rows of found.values()) if (rows.length > 1) rows.sort(Buffer.compare);
  return keys.map((key) => found.get(keyName(encodeTuple(key), keyLength)) ?? []);
}

/** Which of these keys the table holds, each once, by name. */
export async function existingKeys(
  connection: Connection,
  table: Table,
  keys: readonly Key[],
  options: ReadOptions,
): Promise<Set<string>> {
  const found = new Set<string>();
  const { keyLength } = table.projection;
  for (let start = 0; start < keys.length; start += KEYS_PER_QUERY) {
    const asked = keys.slice(start, start + KEYS_PER_QUERY);
    for await (const tuple of matching(connection, table, asked, table.keyTuple, keyLength, options)) {
      found.add(keyName(tuple, keyLength));
    }
  }
  return found;
}

async function* matching(
  connection: Connection,
  table: Table,
  keys: readonly Key[],
  expression: string,
  width: number,
  { signal }: ReadOptions,
): AsyncGenerator<Uint8Array> {
  const sql = `SELECT ${expression} FROM ${table.source} WHERE ${memberCondition(table, keys)} FORMAT RawBLOB`;
  for await (const batch of rowBatches(await connection.open(sql, { signal }), width)) yield* tuples(batch);
}

/** The key's part of a tuple as a string to look up by. */
export function keyName(tuple: Uint8Array, keyLength: number): string {
  let end = 2;
  for (let field = 0; field < keyLength; field++) end += 4 + Math.max(0, lengthAt(tuple, end));
  return asBuffer(tuple).toString("latin1", 2, end);
}
