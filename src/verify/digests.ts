import { createHash } from "node:crypto";
import { compareKeys } from "../encoding/order.ts";
import { tupleFields, tuples } from "../encoding/tuple.ts";
import type { Key, KeyRange, LeafDigest, OrderedReads, Projection, ReadOptions } from "../stores/store.ts";

/**
 * The digests of touching, ascending ranges, in their order: computed in the engine where it can, otherwise here over
 * one ordered scan. Both give the same bytes.
 */
export function digestRanges(
  reads: OrderedReads,
  projection: Projection,
  ranges: readonly KeyRange[],
  options: ReadOptions,
): AsyncIterable<LeafDigest> {
  const scanned = () => scanDigests(reads, projection, ranges, options);
  return reads.digest?.(ranges, options) ?? scanned();
}

async function* scanDigests(
  reads: OrderedReads,
  { fields, keyLength }: Projection,
  ranges: readonly KeyRange[],
  options: ReadOptions,
): AsyncGenerator<LeafDigest> {
  const types = fields.slice(0, keyLength).map((field) => field.type);
  const everything = { from: ranges[0]?.from ?? null, to: ranges.at(-1)?.to ?? null };
  const isBehind = (key: Key, to: Key | null) => to !== null && compareKeys(types, key, to) >= 0;
  let index = 0;
  let hash = createHash("sha256");
  let rows = 0;
  const close = (range: KeyRange): LeafDigest => {
    const leaf = { range, rows, sha256: hash.digest() };
    hash = createHash("sha256");
    rows = 0;
    return leaf;
  };
  for await (const batch of reads.scan(everything, options)) {
    for (const tuple of tuples(batch)) {
      const key = tupleFields(tuple, keyLength);
      for (let range = ranges[index]; range !== undefined && isBehind(key, range.to); range = ranges[index]) {
        yield close(range);
        index++;
      }
      hash.update(tuple);
      rows++;
    }
  }
  for (const range of ranges.slice(index)) yield close(range);
}
