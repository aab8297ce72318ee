import { encodeTuple } from "../../encoding/tuple.ts";
import type { Key } from "../store.ts";
import type { Connection } from "./connection.ts";
import { existingKeys, keyName } from "./lookup.ts";
import { memberCondition } from "./member.ts";
import type { Table } from "./table.ts";

const KEYS_PER_DELETE = 20_000;

/** Deletes the rows of these keys, old versions included; returns how many keys were there. */
export async function removeKeys(
  connection: Connection,
  table: Table,
  keys: readonly Key[],
  signal: AbortSignal,
): Promise<number> {
  connection.checkOpen();
  // Without FINAL: a row that FINAL hides may come to light when the one that hides it goes.
  const raw = { ...table, source: table.name };
  const held = await existingKeys(connection, raw, keys, { signal });
  if (held.size === 0) return 0;
  const visible =
    raw.source === table.source ? held : await existingKeys(connection, table, keys, { signal });
  const { keyLength } = table.projection;
  const named = new Map(keys.map((key) => [keyName(encodeTuple(key), keyLength), key]));
  const doomed = [...named].filter(([name]) => held.has(name)).map(([, key]) => key);
  for (let start = 0; start < doomed.length; start += KEYS_PER_DELETE) {
    const condition = memberCondition(table, doomed.slice(start, start + KEYS_PER_DELETE));
    await connection.run(deletion(table, condition), {
      signal,
      timeoutMs: 0,
      settings: { mutations_sync: "2", lightweight_deletes_sync: "2" },
    });
  }
  return visible.size;
}

function deletion({ engine, name }: Table, condition: string): string {
  return engine.endsWith("MergeTree")
    ? `DELETE FROM ${name} WHERE ${condition}`
    : `ALTER TABLE ${name} DELETE WHERE ${condition}`;
}
