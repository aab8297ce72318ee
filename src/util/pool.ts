import { throwIfCancelled, together } from "./together.ts";

/** `run` over all items, at most `limit` at once; results in the order of the items. @throws what failed first, as `together` */
export async function mapLimit<Item, Result>(
  items: readonly Item[],
  limit: number,
  signal: AbortSignal,
  run: (item: Item, signal: AbortSignal) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const waiting = items.entries();
  await together(signal, (signal) => {
    const worker = async () => {
      for (const [index, item] of waiting) {
        throwIfCancelled(signal);
        results[index] = await run(item, signal);
      }
    };
    return Array.from({ length: Math.min(limit, items.length) }, worker);
  });
  return results;
}
