import { beforeAll, describe, expect, it } from "vitest";
import { t } from "../../../src/encoding/types.ts";
import type { Collection, Predicate, ProjectedField } from "../../../src/stores/store.ts";
import { all, type Bench, bag, collect, encoded, fieldsOf, hexOf, load, never, reading } from "../bench.ts";
import { Model, randomRows, rangesBetween, sha256 } from "../model.ts";

const FIELDS = fieldsOf({ id: t.int(), note: t.text(), price: t.decimal(18, 4), createdAt: t.timestamp() });
const ALL = { from: null, to: null };

export function collectionTests(bench: Bench): void {
  const { harness } = bench;

  describe("collections: an empty one", () => {
    let empty: Collection;
    beforeAll(async () => {
      empty = await bench.collection(FIELDS, 1);
    });

    it("has no rows in any way of reading", async () => {
      expect(await empty.count(reading)).toBe(0);
      expect(await bench.scanned(empty, reading)).toEqual([]);
      expect((await all(empty.keys(reading))).flat()).toEqual([]);
      expect(await empty.lookup([[Buffer.alloc(8)]], reading)).toEqual([[]]);
      expect(await empty.lookup([], reading)).toEqual([]);
      expect(await empty.remove([[Buffer.alloc(8)]], reading)).toBe(0);
      expect(await empty.remove([], reading)).toBe(0);
    });

    it.runIf(harness.capabilities.ordered)("is one range, whose digest is that of nothing", async () => {
      expect(await empty.ordered?.split(1024, reading)).toEqual([ALL]);
      expect(await collect(empty.ordered?.scan(ALL, reading))).toEqual([]);
      if (empty.ordered?.digest === undefined) return;
      const [leaf, ...others] = await all(empty.ordered.digest([ALL], reading));
      expect([leaf?.rows, hexOf(leaf?.sha256 ?? null), others]).toEqual([0, sha256([]), []]);
      expect(await all(empty.ordered.digest([], reading))).toEqual([]);
    });
  });

  describe("collections: many rows", () => {
    const count = 6_000;
    const filler = "filler ".repeat(60);
    let many: Collection;
    let model: Model;
    beforeAll(async () => {
      many = await bench.collection(FIELDS, 1);
      const rows = Array.from({ length: count }, (_, index) => ({
        id: (index * 7919) % count,
        note: index % 3 === 0 ? null : `${index} ${filler}`,
        price: index / 8,
        createdAt: BigInt(index),
      }));
      const tuples = encoded(many, rows);
      model = new Model(many.projection, tuples);
      expect(await load(many, tuples)).toEqual({ rows: count, rejected: [], rejectedCount: 0 });
    });

    it("come in batches of about a megabyte, none empty", async () => {
      const sizes: number[] = [];
      for await (const { bytes, rows } of many.scan(reading)) {
        expect(rows).toBeGreaterThan(0);
        sizes.push(bytes.length);
      }
      expect(sizes.length).toBeGreaterThan(1);
      expect(Math.max(...sizes)).toBeLessThan(3 << 20);
    });

    it("are all looked up at once", async () => {
      const found = await many.lookup(model.keys, reading);
      expect(found.map(([row]) => hexOf(row ?? null))).toEqual(model.rows.map(hexOf));
    });

    it.runIf(harness.capabilities.ordered)(
      "split at 1,024 by rank, with a where by the rank it leaves",
      async () => {
        const where: Predicate[] = [{ field: FIELDS[1] as ProjectedField, op: "isNotNull" }];
        for (const [collection, expected] of [
          [many, model],
          [await bench.reopen(many, { where }), model.where(where)],
        ] as const) {
          const ranges = (await collection.ordered?.split(1024, reading)) ?? [];
          const sizes = ranges.map((range) => expected.inRange(range).length);
          expect(sizes.slice(0, -1).every((size) => size === 1024)).toBe(true);
          expect(sizes).toHaveLength(Math.ceil(expected.rows.length / 1024));
          if (collection.ordered?.digest === undefined) continue;
          const leaves = await all(collection.ordered.digest(ranges, reading));
          expect(leaves.map((leaf) => hexOf(leaf.sha256))).toEqual(
            ranges.map((range) => sha256(expected.inRange(range))),
          );
        }
      },
    );

    it.runIf(harness.capabilities.digest)("digest of hundreds of small ranges", async () => {
      const ranges = rangesBetween(model.keys.filter((_, index) => index % 13 === 0));
      const leaves = await all(many.ordered?.digest?.(ranges, reading));
      expect(leaves.map(({ rows }) => rows).reduce((sum, rows) => sum + rows, 0)).toBe(count);
      expect(leaves.map((leaf) => hexOf(leaf.sha256))).toEqual(
        ranges.map((range) => sha256(model.inRange(range))),
      );
    });
  });

  describe("collections: what a projection says", () => {
    it("fewer fields in another order read and write just those", async () => {
      const whole = await bench.collection(FIELDS, 1);
      const [id, note, price] = FIELDS as [ProjectedField, ProjectedField, ProjectedField];
      const narrow = await bench.reopen(whole, { fields: [id, price, note] });
      const rows = encoded(narrow, [
        { id: 1, price: 1.5, note: "a" },
        { id: 2, price: null, note: null },
      ]);
      expect(await load(narrow, rows)).toMatchObject({ rows: 2, rejectedCount: 0 });
      expect(bag(await bench.scanned(narrow, reading))).toEqual(bag(rows));
      const expected = encoded(whole, [
        { id: 1, note: "a", price: 1.5, createdAt: null },
        { id: 2, note: null, price: null, createdAt: null },
      ]);
      expect(bag(await bench.scanned(whole, reading))).toEqual(bag(expected));
    });

    it("a where on a field that is not read", async () => {
      const whole = await bench.collection(FIELDS, 1);
      await load(whole, encoded(whole, [{ id: 1, note: "a" }, { id: 2, note: "b" }, { id: 3 }]));
      const [id, note] = FIELDS as [ProjectedField, ProjectedField];
      const where: Predicate[] = [{ field: note, op: "isNot", operand: Buffer.from("a") }];
      const narrow = await bench.reopen(whole, { fields: [id], where });
      expect(bag(await bench.scanned(narrow, reading))).toEqual(bag(encoded(narrow, [{ id: 2 }, { id: 3 }])));
    });

    it("names that need quoting, of collections and columns", async () => {
      const odd = [`a "b" 'c'`, "select", "Ünï.code`d", "UPPER", "back\\slash", "semi;colon--", "%s{}"];
      const fields = odd.map((column, index) => ({
        name: `f${index}`,
        column,
        type: index === 0 ? t.int() : t.text(),
      }));
      const collection = await bench.collection(fields, 1, { name: `Odd "na'me" \`; drop` });
      const rows = randomRows(harness, { fields, keyLength: 1 }, 20, 3);
      const model = new Model(collection.projection, rows);
      expect(await load(collection, rows, "upsert")).toMatchObject({ rows: 20 });
      expect(bag(await bench.scanned(collection, reading))).toEqual(bag(rows));
      const where: Predicate[] = [
        { field: fields[1] as ProjectedField, op: "is", operand: Buffer.from("'\\\"") },
      ];
      expect(await (await bench.reopen(collection, { where })).count(reading)).toBe(
        model.where(where).rows.length,
      );
      expect((await bench.store.catalog(never)).map(({ name }) => name)).toContain(collection.ref.name);
      expect(await collection.remove(model.keys, reading)).toBe(20);
      await bench.store.dropCollection(collection.ref, never);
    });

    it("a collection that is not there is COLLECTION_MISSING", async () => {
      const projection = { fields: FIELDS, keyLength: 1, where: [] };
      await expect(bench.store.collection(bench.ref("nowhere"), projection, never)).rejects.toMatchObject({
        code: "COLLECTION_MISSING",
        message: expect.stringContaining("nowhere"),
      });
    });

    it("columns that are absent or unfit are CONFIG_INVALID, every one of them named", async () => {
      const whole = await bench.collection(FIELDS, 1);
      const [id, note, price] = FIELDS as [ProjectedField, ProjectedField, ProjectedField];
      const absent = { name: "absent", column: "no_such_column", type: t.int() };
      const unfit = [
        { ...note, name: "unfit", type: t.timestamp() },
        { ...price, name: "alsoUnfit", type: t.uuid() },
      ];
      const hidden: Predicate = {
        field: { name: "hidden", column: "nor_this_one", type: t.text() },
        op: "isNull",
      };
      const refused = bench.reopen(whole, { fields: [id, absent, ...unfit], where: [hidden] });
      await expect(refused).rejects.toMatchObject({ code: "CONFIG_INVALID" });
      const { message } = await refused.then(
        () => ({ message: "" }),
        (error: Error) => error,
      );
      for (const column of ["no_such_column", "note", "price", "nor_this_one"])
        expect(message).toContain(column);
    });
  });
}
