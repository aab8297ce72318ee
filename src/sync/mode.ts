import type { Collection, WriteOptions } from "../stores/store.ts";

/**
 * How to write into a collection: an empty one takes rows without looking for their keys.
 * @param whole the collection without a `where`: rows that one would hide have keys, too
 */
export async function loadMode(whole: Collection, signal: AbortSignal): Promise<WriteOptions["mode"]> {
  return (await whole.count({ signal })) === 0 ? "insert" : "upsert";
}
