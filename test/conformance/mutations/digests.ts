import { createHash } from "node:crypto";
import type { KeyRange, LeafDigest, OrderedReads, ReadOptions } from "../../../src/stores/store.ts";
import type { Mutation } from "../mutations.ts";
import { inCollections, inOrderedReads, overriding, rowsOf } from "./wrap.ts";

const sha256 = (rows: Iterable<Uint8Array>) => {
  const hash = createHash("sha256");
  for (const row of rows) hash.update(row);
  return hash.digest();
};

/** A digest made here, by `hash`, of the rows of `rangeOf(range)`. */
function digestBy(
  original: OrderedReads,
  hash: (rows: readonly Uint8Array[]) => Uint8Array,
  rangeOf = (range: KeyRange) => range,
): Partial<OrderedReads> | null {
  if (original.digest === undefined) return null;
  return {
    async *digest(ranges: readonly KeyRange[], options: ReadOptions): AsyncGenerator<LeafDigest> {
      for (const range of ranges) {
        const rows = await rowsOf(original.scan(rangeOf(range), options));
        yield { range, rows: rows.length, sha256: hash(rows) };
      }
    },
  };
}

function xor(rows: readonly Uint8Array[]): Uint8Array {
  const sum = Buffer.alloc(32);
  for (const row of rows) {
    const hash = sha256([row]);
    for (let index = 0; index < sum.length; index++) sum[index] = (sum[index] ?? 0) ^ (hash[index] ?? 0);
  }
  return sum;
}

export const digestMutations: readonly Mutation[] = [
  {
    name: "digest forgets the last row",
    part: "keys: int",
    apply: inOrderedReads((original) => digestBy(original, (rows) => sha256(rows.slice(0, -1)))),
  },
  {
    name: "digest ignores the end of its range",
    part: "keys: int",
    apply: inOrderedReads((original) => digestBy(original, sha256, ({ from }) => ({ from, to: null }))),
  },
  {
    name: "digest combines rows by XOR",
    part: "keys: int",
    apply: inOrderedReads((original) => digestBy(original, xor)),
  },
  {
    name: "digest hashes rows in the order of their bytes",
    part: "keys: int",
    apply: inOrderedReads((original) => digestBy(original, (rows) => sha256(rows.toSorted(Buffer.compare)))),
  },
  {
    name: "digest yields in an order of its own",
    part: "keys: int",
    apply: inOrderedReads((original) => {
      const { digest } = original;
      if (digest === undefined) return null;
      return {
        async *digest(ranges, options) {
          const leaves: LeafDigest[] = [];
          for await (const leaf of digest.call(original, ranges, options)) leaves.push(leaf);
          yield* leaves.toReversed();
        },
      };
    }),
  },
  {
    name: "digest leaves out ranges without rows",
    part: "keys: int",
    apply: inOrderedReads((original) => {
      const { digest } = original;
      if (digest === undefined) return null;
      return {
        async *digest(ranges, options) {
          for await (const leaf of digest.call(original, ranges, options)) if (leaf.rows > 0) yield leaf;
        },
      };
    }),
  },
  {
    name: "split makes leaves one row too large",
    part: "keys: int",
    apply: inOrderedReads((original) => ({
      split: (rowsPerLeaf, options) => original.split(rowsPerLeaf + 1, options),
    })),
  },
  {
    name: "split leaves the last rows out",
    part: "keys: int",
    apply: inOrderedReads((original) => ({
      async split(rowsPerLeaf, options) {
        const ranges = await original.split(rowsPerLeaf, options);
        return ranges.length > 1 ? ranges.slice(0, -1) : ranges;
      },
    })),
  },
  {
    name: "snapshots show what came after them",
    part: "snapshots: ",
    needs: "snapshot",
    apply: inCollections((original) => {
      const { ordered } = original;
      const now = ({ signal }: ReadOptions) => ({ signal });
      return {
        scan: (options) => original.scan(now(options)),
        count: (options) => original.count(now(options)),
        ...(ordered && {
          ordered: overriding(ordered, { scan: (range, options) => ordered.scan(range, now(options)) }),
        }),
      };
    }),
  },
  {
    name: "a digest under a snapshot shows what came after it",
    part: "snapshots: ",
    needs: "snapshot",
    apply: inOrderedReads((original) => {
      const { digest } = original;
      if (digest === undefined) return null;
      return { digest: (ranges, { signal }) => digest.call(original, ranges, { signal }) };
    }),
  },
];
