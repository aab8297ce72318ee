import type { Collection, Key } from "../stores/store.ts";

/** Keys deleted at once: large batches, since a deletion may cost an engine a pass over a table. */
const BATCH_KEYS = 20_000;

/** Deletes every row of a collection by its keys, in bounded memory; returns how many there were. Idempotent. */
export async function removeAll(
  collection: Collection,
  options: { readonly signal: AbortSignal; readonly onRows?: ((rows: number) => void) | undefined },
): Promise<number> {
  const { signal, onRows } = options;
  let removed = 0;
  let batch: Key[] = [];
  const flush = async () => {
    if (batch.length === 0) return;
    removed += await collection.remove(batch, { signal });
    batch = [];
    onRows?.(removed);
  };
  for await (const keys of collection.keys({ signal })) {
    for (const key of keys) {
      batch.push(key);
      if (batch.length >= BATCH_KEYS) await flush();
    }
  }
  await flush();
  return removed;
}
