import { describe, expect, it } from "vitest";
import { t } from "../../../src/encoding/types.ts";
import type { Collection, ProjectedField } from "../../../src/stores/store.ts";
import {
  all,
  type Bench,
  bag,
  batchOf,
  collect,
  encoded,
  fieldsOf,
  hexOf,
  load,
  never,
  reading,
  stream,
} from "../bench.ts";
import { Model, rangesBetween, sha256 } from "../model.ts";

const FIELDS = fieldsOf({ id: t.int(), note: t.text(), count: t.int() });
const idOf = (key: readonly (Uint8Array | null)[]) => Number(Buffer.from(key[0] ?? []).readBigInt64BE());

const rowsBetween = (from: number, to: number, note: string) =>
  Array.from({ length: to - from }, (_, index) => ({
    id: from + index,
    note: `${note}${from + index}`,
    count: index,
  }));

export function writeTests(bench: Bench): void {
  const { uniqueKeys } = bench.harness.capabilities.traits;

  describe("writes: load", () => {
    it("of nothing writes nothing", async () => {
      const collection = await bench.collection(FIELDS, 1);
      for (const mode of ["insert", "upsert"] as const)
        expect(await load(collection, [], mode)).toEqual({ rows: 0, rejected: [], rejectedCount: 0 });
      expect(await collection.count(reading)).toBe(0);
    });

    it("is seen by every read as soon as it resolves", async () => {
      const collection = await bench.collection(FIELDS, 1);
      for (let round = 0; round < 5; round++) {
        const rows = encoded(collection, rowsBetween(round * 100, round * 100 + 100, "v"));
        await load(collection, rows, round % 2 === 0 ? "insert" : "upsert");
        expect(await collection.count(reading)).toBe((round + 1) * 100);
        const [found] = await collection.lookup(
          [new Model(collection.projection, rows).keys[99] ?? []],
          reading,
        );
        expect(found?.map(hexOf)).toEqual([hexOf(rows[99] ?? null)]);
        expect(await bench.scanned(collection, reading)).toHaveLength((round + 1) * 100);
      }
    });

    it("upsert replaces what has the key, and nothing else", async () => {
      const collection = await bench.collection(FIELDS, 1);
      const old = encoded(collection, rowsBetween(0, 1000, "old"));
      await load(collection, old);
      const fresh = encoded(collection, rowsBetween(500, 1500, "new"));
      expect(await load(collection, fresh, "upsert")).toEqual({ rows: 1000, rejected: [], rejectedCount: 0 });
      expect(bag(await bench.scanned(collection, reading))).toEqual(bag([...old.slice(0, 500), ...fresh]));
      expect(await load(collection, fresh, "upsert")).toMatchObject({ rows: 1000 });
      expect(await collection.count(reading)).toBe(1500);
    });

    it("upsert can set to NULL", async () => {
      const collection = await bench.collection(FIELDS, 1);
      await load(collection, encoded(collection, [{ id: 1, note: "a", count: 1 }]));
      const nulls = encoded(collection, [{ id: 1, note: null, count: null }]);
      await load(collection, nulls, "upsert");
      expect(bag(await bench.scanned(collection, reading))).toEqual(bag(nulls));
    });

    it("the last of several rows of one key stays, in one batch and over batches", async () => {
      const collection = await bench.collection(FIELDS, 1);
      const versions = encoded(
        collection,
        [1, 2, 3, 4, 5].map((count) => ({ id: 7, note: "same", count })),
      );
      const others = encoded(collection, rowsBetween(100, 110, "other"));
      await collection.load(stream([...versions, ...others], 2), { signal: never, mode: "upsert" });
      expect(bag(await bench.scanned(collection, reading))).toEqual(bag([...versions.slice(-1), ...others]));
      await collection.load(stream(versions.toReversed(), 10), { signal: never, mode: "upsert" });
      expect(bag(await bench.scanned(collection, reading))).toEqual(
        bag([...versions.slice(0, 1), ...others]),
      );
    });

    it.each(["insert", "upsert"] as const)(
      "%s reports each refused row and writes the others",
      async (mode) => {
        const collection = await bench.collection(FIELDS, 1, { required: ["note"] });
        const rows = rowsBetween(0, 600, "v").map((row) => (row.id % 3 === 1 ? { ...row, note: null } : row));
        const report = await collection.load(stream(encoded(collection, rows), 150), { signal: never, mode });
        expect(report).toMatchObject({ rows: 400, rejectedCount: 200 });
        expect(report.rejected).toHaveLength(100);
        expect(new Set(report.rejected.map(({ key }) => idOf(key) % 3))).toEqual(new Set([1]));
        expect(new Set(report.rejected.map(({ key }) => idOf(key))).size).toBe(100);
        for (const { reason } of report.rejected) expect(reason).toMatch(/note|null/i);
        const written = encoded(
          collection,
          rows.filter(({ note }) => note !== null),
        );
        expect(bag(await bench.scanned(collection, reading))).toEqual(bag(written));
      },
    );

    it.runIf(uniqueKeys)("insert of a key that is there is refused, the rest is written", async () => {
      const collection = await bench.collection(FIELDS, 1);
      const old = encoded(collection, rowsBetween(0, 5, "old"));
      await load(collection, old);
      const fresh = encoded(collection, rowsBetween(3, 8, "new"));
      const report = await load(collection, fresh);
      expect([report.rows, report.rejectedCount, report.rejected.map(({ key }) => idOf(key)).sort()]).toEqual(
        [3, 2, [3, 4]],
      );
      expect(bag(await bench.scanned(collection, reading))).toEqual(bag([...old, ...fresh.slice(2)]));
    });

    it("what the source of rows throws is thrown as it is, and the store goes on", async () => {
      const collection = await bench.collection(FIELDS, 1);
      const rows = encoded(collection, rowsBetween(0, 300, "v"));
      const fault = new Error("the source broke");
      async function* broken() {
        yield batchOf(rows.slice(0, 100));
        yield batchOf(rows.slice(100, 200));
        throw fault;
      }
      for (const mode of ["insert", "upsert"] as const)
        await expect(collection.load(broken(), { signal: never, mode })).rejects.toBe(fault);
      expect(await collection.count(reading)).toBeLessThanOrEqual(200);
      await load(collection, rows, "upsert");
      expect(await collection.count(reading)).toBe(300);
    });
  });

  describe("writes: remove", () => {
    it("counts the keys that were there, whatever the where says", async () => {
      const collection = await bench.collection(FIELDS, 1);
      const rows = encoded(collection, rowsBetween(0, 3000, "v"));
      await load(collection, rows);
      const { keys } = new Model(collection.projection, rows);
      const missing = new Model(collection.projection, encoded(collection, rowsBetween(9000, 9010, "no")))
        .keys;
      const narrow = await bench.reopen(collection, {
        where: [{ field: FIELDS[1] as ProjectedField, op: "isNull" }],
      });
      expect(await narrow.remove([...keys.slice(0, 2000), ...missing, ...keys.slice(0, 5)], reading)).toBe(
        2000,
      );
      expect(bag(await bench.scanned(collection, reading))).toEqual(bag(rows.slice(2000)));
      expect(await collection.remove(keys.slice(0, 2000), reading)).toBe(0);
      expect(await collection.remove(keys.slice(2000), reading)).toBe(1000);
      expect(await collection.count(reading)).toBe(0);
    });
  });

  describe.runIf(!uniqueKeys)("writes: duplicates, where the engine holds them", () => {
    async function duplicated(): Promise<{ collection: Collection; model: Model }> {
      const collection = await bench.collection(FIELDS, 1);
      const rows = [3, 1, 2].flatMap((count) =>
        encoded(
          collection,
          Array.from({ length: 40 }, (_, id) => ({ id, note: `n${(id * count) % 5}`, count })),
        ),
      );
      const twice = encoded(collection, [
        { id: 39, note: "n", count: 1 },
        { id: 39, note: "n", count: 1 },
      ]);
      for (const part of [rows.slice(0, 60), rows.slice(60), twice]) await load(collection, part);
      return { collection, model: new Model(collection.projection, [...rows, ...twice]) };
    }

    it("are all read, next to each other in the order of their encoding, and hashed so", async () => {
      const { collection, model } = await duplicated();
      expect(await collection.count(reading)).toBe(model.rows.length);
      expect(bag(await bench.scanned(collection, reading))).toEqual(bag(model.rows));
      const { keys } = new Model(
        collection.projection,
        model.rows.filter((_, index) => index % 3 === 0),
      );
      const found = await collection.lookup(keys, reading);
      expect(found.map((rows) => rows.map(hexOf))).toEqual(
        keys.map((key) => model.rows.filter((row) => model.compare(model.key(row), key) === 0).map(hexOf)),
      );
      const ranges = rangesBetween(keys.filter((_, index) => index % 7 === 3));
      for (const range of ranges) {
        const rows = await collect(collection.ordered?.scan(range, reading));
        if (collection.ordered) expect(rows.map(hexOf)).toEqual(model.inRange(range).map(hexOf));
      }
      const leaves = await all(collection.ordered?.digest?.(ranges, reading));
      if (collection.ordered?.digest)
        expect(leaves.map(({ rows, sha256: digest }) => [rows, hexOf(digest)])).toEqual(
          ranges.map((range) => [model.inRange(range).length, sha256(model.inRange(range))]),
        );
    });

    it("are not parted by split", async () => {
      const { collection, model } = await duplicated();
      const ranges = (await collection.ordered?.split(4, reading)) ?? [];
      if (collection.ordered === undefined) return;
      expect(ranges.flatMap((range) => model.inRange(range)).map(hexOf)).toEqual(model.rows.map(hexOf));
      expect(ranges.length).toBeGreaterThan(15);
      expect(ranges.every((range) => model.inRange(range).length > 0)).toBe(true);
    });

    it("become one by upsert, and none by remove", async () => {
      const { collection, model } = await duplicated();
      const [first, second] = encoded(collection, [
        { id: 0, note: "one", count: 0 },
        { id: 39, note: "one", count: 0 },
      ]);
      expect(await load(collection, [first, second] as Uint8Array[], "upsert")).toMatchObject({ rows: 2 });
      const found = await collection.lookup([model.keys[0] ?? [], model.keys.at(-1) ?? []], reading);
      expect(found.map((rows) => rows.map(hexOf))).toEqual([[hexOf(first ?? null)], [hexOf(second ?? null)]]);
      expect(await collection.remove(model.keys, reading)).toBe(40);
      expect(await collection.count(reading)).toBe(0);
    });
  });
}
