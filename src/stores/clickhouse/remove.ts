import { encodeTuple } from "../../encoding/tuple.ts";
import type { Key } from "../store.ts";
import type { Connection } from "./connection.ts";
import { serverException } from "./errors.ts";
import { existingKeys, keyName } from "./lookup.ts";
import { memberCondition } from "./member.ts";
import type { Table } from "./table.ts";

/** Of keys in one statement. Keeper takes no mutation above a megabyte, in which a byte is two letters. */
const DELETE_BYTES = 4 << 20;
const REPLICATED_DELETE_BYTES = 200 << 10;

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
  const doomed = [...named].filter(([name]) => held.has(name));
  for (const chunk of chunksOf(doomed, /^(Replicated|Shared)/.test(table.engine))) {
    await deleteWhere(connection, table, memberCondition(table, chunk), signal);
  }
  return visible.size;
}

const SUPPORT_IS_DISABLED = 344;

/** A mask over the rows where the engine has it, else a mutation: of tables with projections, and outside of MergeTree. */
async function deleteWhere(
  connection: Connection,
  { engine, name }: Table,
  condition: string,
  signal: AbortSignal,
): Promise<void> {
  const settings = { mutations_sync: "2", lightweight_deletes_sync: "2" } as const;
  const options = { signal, timeoutMs: 0, settings };
  if (engine.endsWith("MergeTree")) {
    try {
      await connection.run(`DELETE FROM ${name} WHERE ${condition}`, options);
      return;
    } catch (error) {
      if (serverException(error)?.code !== SUPPORT_IS_DISABLED) throw error;
    }
  }
  await connection.run(`ALTER TABLE ${name} DELETE WHERE ${condition}`, options);
}

function* chunksOf(
  doomed: readonly (readonly [name: string, key: Key])[],
  isReplicated: boolean,
): Generator<Key[]> {
  const limit = isReplicated ? REPLICATED_DELETE_BYTES : DELETE_BYTES;
  let chunk: Key[] = [];
  let size = 0;
  for (const [name, key] of doomed) {
    if (size + name.length > limit && chunk.length > 0) {
      yield chunk;
      chunk = [];
      size = 0;
    }
    chunk.push(key);
    size += name.length;
  }
  if (chunk.length > 0) yield chunk;
}
