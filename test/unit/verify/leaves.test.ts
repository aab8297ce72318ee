import fc from "fast-check";
import { expect, test } from "vitest";
import { RootHasher } from "../../../src/encoding/digest.ts";
import type { LeafDigest, RowBatch } from "../../../src/stores/store.ts";
import { digestRanges } from "../../../src/verify/digests.ts";
import { LeafCutter } from "../../../src/verify/leaves.ts";
import { layerRoot } from "../../../src/verify/root.ts";
import { makeRows, scenario, tupleOf, WHOLE } from "./scenario.ts";

const TUPLES = makeRows(4000).map((row) => tupleOf(row));

function cut(batches: readonly (readonly Uint8Array[])[]) {
  const cutter = new LeafCutter(WHOLE);
  const leaves: LeafDigest[] = [];
  for (const batch of batches)
    leaves.push(...cutter.push({ rows: batch.length, bytes: Buffer.concat(batch) }));
  const { leaf, root } = cutter.end();
  return { leaves: [...leaves, leaf], root, rows: cutter.rows };
}

test("leaves and root depend on the rows alone, not on how they arrive", () => {
  fc.assert(
    fc.property(
      fc.nat(4000),
      fc.array(fc.integer({ min: 1, max: 1500 }), { minLength: 1 }),
      (count, sizes) => {
        const rows = TUPLES.slice(0, count);
        const batches: Uint8Array[][] = [];
        for (let start = 0, turn = 0; start < count; turn++) {
          const size = sizes[turn % sizes.length] ?? 1;
          batches.push(rows.slice(start, start + size));
          start += size;
        }
        const { leaves, root, rows: counted } = cut(batches);
        const hasher = new RootHasher();
        for (const tuple of rows) hasher.add(tuple);

        expect(root.toString("hex")).toBe(hasher.digest().toString("hex"));
        expect(counted).toBe(count);
        expect(leaves.map((leaf) => leaf.rows)).toEqual(sizesOf(count));
        expect(leaves[0]?.range.from).toBeNull();
        expect(leaves.at(-1)?.range.to).toBeNull();
        leaves.slice(1).forEach((leaf, index) => {
          expect(leaf.range.from).toEqual(leaves[index]?.range.to);
        });
      },
    ),
    { numRuns: 40 },
  );
});

test("rows out of order are an error", () => {
  const cutter = new LeafCutter(WHOLE);
  const batch = (from: number): RowBatch => ({
    rows: 1024,
    bytes: Buffer.concat(TUPLES.slice(from, from + 1024)),
  });
  cutter.push(batch(1024));
  expect(() => cutter.push(batch(0))).toThrow("key order");
});

test("an engine's digests and those of its scan are the same, also of empty ranges and of what lies outside", async () => {
  const rows = makeRows(5000);
  const { plan } = await scenario([], rows);
  const { ordered } = plan.copies[0]?.collection ?? {};
  if (ordered === undefined) throw new Error("no order");
  const { digest: _, ...scanOnly } = ordered;
  const { signal } = new AbortController();
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: -5, max: 5005 }), { maxLength: 12 }), async (bounds) => {
      const keys = bounds
        .sort((a, b) => a - b)
        .map((id) => [
          Buffer.from(`r${String(Math.max(0, Math.floor(id / 1000))).padStart(3, "0")}`),
          int64(id),
        ]);
      const ranges = [null, ...keys].map((from, index) => ({ from, to: keys[index] ?? null }));
      const pushed = await all(digestRanges(ordered, WHOLE, ranges, { signal }));
      const scanned = await all(digestRanges(scanOnly, WHOLE, ranges, { signal }));
      expect(scanned).toEqual(pushed);
      expect(scanned).toHaveLength(ranges.length);
    }),
    { numRuns: 30 },
  );
});

test("the root of a layer is what its comment says", () => {
  const root = new Uint8Array(32).fill(7);
  const one = layerRoot([{ name: "b", root }]).toString("hex");
  expect(layerRoot([]).toString("hex")).toBe(
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  );
  expect(one).toBe("2cd491992db83fbd5f82348a6486c4d8ee43e8515aadac3a4e1b469afde601bd");
  const many = [
    { name: "ab", root },
    { name: "B", root: new Uint8Array(32) },
    { name: "é", root },
  ];
  expect(layerRoot(many)).toEqual(layerRoot(many.toReversed()));
  expect(layerRoot(many)).not.toEqual(layerRoot(many.map(({ name }) => ({ name, root }))));
});

function sizesOf(count: number): number[] {
  const full = Array.from({ length: Math.floor(count / 1024) }, () => 1024);
  const rest = count % 1024;
  return rest > 0 || count === 0 ? [...full, rest] : full;
}

function int64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}
