import { describe, expect, it } from "vitest";
import { t } from "../../../src/encoding/types.ts";
import { all, type Bench, bag, collect, encoded, fieldsOf, hexOf, load, never, reading } from "../bench.ts";
import { Model, rangesBetween, sha256 } from "../model.ts";

const FIELDS = fieldsOf({ id: t.int(), note: t.text() });

export function snapshotTests(bench: Bench): void {
  const { traits } = bench.harness.capabilities;

  it("snapshots: offered exactly where the traits say so", () => {
    expect(bench.store.snapshot !== undefined).toBe(traits.snapshotReads);
  });

  describe.runIf(traits.snapshotReads)("snapshots: reads of one moment", () => {
    async function changed() {
      const collection = await bench.collection(FIELDS, 1);
      const rows = (from: number, note: string) =>
        encoded(
          collection,
          Array.from({ length: 50 }, (_, index) => ({ id: from + index, note })),
        );
      const before = new Model(collection.projection, [
        ...rows(0, "kept"),
        ...rows(50, "old"),
        ...rows(100, "gone"),
      ]);
      await load(collection, before.rows);
      const snapshot = await bench.store.snapshot?.(never);
      if (snapshot === undefined) throw new Error("no snapshot");
      await load(collection, rows(50, "new"), "upsert");
      await load(collection, rows(200, "later"));
      await collection.remove(new Model(collection.projection, rows(100, "gone")).keys, reading);
      const after = new Model(collection.projection, [
        ...rows(0, "kept"),
        ...rows(50, "new"),
        ...rows(200, "later"),
      ]);
      return { collection, before, after, snapshot, options: { signal: never, snapshot } };
    }

    it("see what was there, however often and in whatever way they look", async () => {
      const { collection, before, after, snapshot, options } = await changed();
      const { ordered } = collection;
      for (let round = 0; round < 2; round++) {
        expect(await collection.count(options)).toBe(150);
        expect(bag(await bench.scanned(collection, options))).toEqual(bag(before.rows));
        const keys = (await all(collection.keys(options))).flat();
        expect(new Set(keys.map((key) => hexOf(key[0] ?? null))).size).toBe(150);
        const found = await collection.lookup([...before.keys, ...after.keys.slice(100)], options);
        expect(found.map(([row]) => hexOf(row ?? null))).toEqual([
          ...before.rows.map(hexOf),
          ...Array.from({ length: 50 }, () => null),
        ]);
        if (ordered === undefined) continue;
        const ranges = await ordered.split(40, options);
        expect(ranges.map((range) => before.inRange(range).length)).toEqual([40, 40, 40, 30]);
        const rows = await collect(ordered.scan({ from: null, to: null }, options));
        expect(rows.map(hexOf)).toEqual(before.rows.map(hexOf));
        const leaves = await all(ordered.digest?.(ranges, options));
        if (ordered.digest)
          expect(leaves.map((leaf) => hexOf(leaf.sha256))).toEqual(
            ranges.map((range) => sha256(before.inRange(range))),
          );
      }
      await snapshot.release();
    });

    it("reads without one see what is there now", async () => {
      const { collection, after, snapshot } = await changed();
      expect(bag(await bench.scanned(collection, reading))).toEqual(bag(after.rows));
      expect(await collection.count(reading)).toBe(150);
      await snapshot.release();
    });

    it("several at once, of several collections, all see the same", async () => {
      const { collection, before, snapshot, options } = await changed();
      const again = await bench.reopen(collection, {});
      const ranges = rangesBetween(before.keys.filter((_, index) => index % 60 === 59));
      const whole = [collection, again, collection].map((each) => bench.scanned(each, options));
      const parts = ranges.map((range) => collect(again.ordered?.scan(range, options)));
      for (const rows of await Promise.all(whole)) expect(bag(rows)).toEqual(bag(before.rows));
      const counts = (await Promise.all(parts)).map(({ length }) => length);
      if (again.ordered) expect(counts).toEqual(ranges.map((range) => before.inRange(range).length));
      await snapshot.release();
    });

    it("names its point; release may be called twice and gives everything back", async () => {
      for (let round = 0; round < 8; round++) {
        const snapshot = await bench.store.snapshot?.(never);
        expect(Object.keys(snapshot?.point ?? {})).not.toEqual([]);
        await snapshot?.release();
        await snapshot?.release();
      }
    });
  });
}
