import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { encodeTuple, tupleFields } from "../../../src/encoding/tuple.ts";
import { type FieldType, t, typeName } from "../../../src/encoding/types.ts";
import type { Collection, Key, LeafDigest } from "../../../src/stores/store.ts";
import { all, type Bench, bag, collect, fieldsOf, hexOf, load, reading } from "../bench.ts";
import { anyBounds, anyKey, anyPredicate, Model, randomRows, rangesBetween, sha256 } from "../model.ts";

const ROWS = 160;
const ALL = { from: null, to: null };

/** Every kind that may be a key, and keys of several fields. */
const KEYS: readonly (readonly FieldType[])[] = [
  [t.int()],
  [t.decimal(18, 4)],
  [t.decimal(38, 10)],
  [t.text()],
  [t.uuid()],
  [t.timestamp()],
  [t.date()],
  [t.bytes()],
  [t.bool(), t.int()],
  [t.text(), t.text()],
  [t.uuid(), t.timestamp()],
  [t.date(), t.bytes(), t.decimal(38, 0)],
];

const VALUES = {
  text: t.text(),
  int: t.int(),
  price: t.decimal(18, 4),
  wide: t.decimal(38, 10),
  ratio: t.float(),
  flag: t.bool(),
  ref: t.uuid(),
  at: t.timestamp(),
  day: t.date(),
  raw: t.bytes(),
  doc: t.json(),
  tags: t.array(t.text()),
};

export const keyName = (types: readonly FieldType[]) => types.map(typeName).join(" + ");
const keyText = (key: Key) => key.map(hexOf).join(" ");
const digestText = ({ rows, sha256: digest }: LeafDigest) => `${rows} ${hexOf(digest)}`;

export function keyTests(bench: Bench): void {
  const { harness } = bench;
  const required = Object.entries(VALUES)
    .filter(([, type]) => !harness.holdsNull(type))
    .map(([name]) => name);

  describe.each(KEYS.map((types) => [keyName(types), types] as const))("keys: %s", (_, types) => {
    const keyTypes = Object.fromEntries(types.map((type, index) => [`key${index}`, type]));
    const fields = fieldsOf({ ...keyTypes, ...VALUES });
    let collection: Collection;
    let model: Model;
    beforeAll(async () => {
      collection = await bench.collection(fields, types.length, { required });
      const rows = randomRows(harness, { fields, keyLength: types.length }, ROWS, 17);
      model = new Model(collection.projection, rows);
      expect(await load(collection, rows)).toMatchObject({ rows: rows.length, rejectedCount: 0 });
    });

    it("scan, keys and count see every row", async () => {
      const keysSeen = (await all(collection.keys(reading))).flat();
      expect(bag(await bench.scanned(collection, reading))).toEqual(bag(model.rows));
      expect(new Set(keysSeen.map(keyText))).toEqual(new Set(model.keys.map(keyText)));
      if (harness.capabilities.exactScans) expect(keysSeen).toHaveLength(model.rows.length);
      expect(await collection.count(reading)).toBe(model.rows.length);
    });

    it("lookup answers in the order asked for, also for keys that are missing or asked for twice", async () => {
      const asked = fc.array(fc.oneof(fc.constantFrom(...model.keys), anyKey(harness, model.projection)), {
        maxLength: 30,
      });
      await fc.assert(
        fc.asyncProperty(asked, async (keys) => {
          const found = await collection.lookup(keys, reading);
          const expected = keys.map((key) =>
            model.rows.filter((row) => model.compare(model.key(row), key) === 0),
          );
          expect(found.map(bag)).toEqual(expected.map(bag));
        }),
        { numRuns: 6 },
      );
    });

    it("a where means what it means in memory, in every way of reading", async () => {
      const [predicate] = fc.sample(anyPredicate(harness, model), { numRuns: 1, seed: 29 });
      const narrow = await bench.reopen(collection, { where: predicate ? [predicate] : [] });
      const visible = model.where(predicate ? [predicate] : []);
      expect(await narrow.count(reading)).toBe(visible.rows.length);
      expect(bag(await bench.scanned(narrow, reading))).toEqual(bag(visible.rows));
      const keysSeen = (await all(narrow.keys(reading))).flat().map(keyText);
      expect(new Set(keysSeen)).toEqual(new Set(visible.keys.map(keyText)));
      const anywhere = await narrow.lookup(model.keys.slice(0, 3), reading);
      expect(anywhere.map(bag)).toEqual(model.rows.slice(0, 3).map((row) => bag([row])));
      const range = { from: model.keys[20] ?? null, to: model.keys[90] ?? null };
      const ordered = await collect(narrow.ordered?.scan(range, reading));
      if (narrow.ordered) expect(ordered.map(hexOf)).toEqual(visible.inRange(range).map(hexOf));
    });

    it("any where means what it means in memory", async () => {
      const where = fc.array(anyPredicate(harness, model), { minLength: 1, maxLength: 3 });
      await fc.assert(
        fc.asyncProperty(where, anyBounds(harness, model, 2), async (predicates, bounds) => {
          const narrow = await bench.reopen(collection, { where: predicates });
          const visible = model.where(predicates);
          expect(await narrow.count(reading)).toBe(visible.rows.length);
          const ranges = rangesBetween(bounds);
          const digests = narrow.ordered?.digest?.(ranges, reading);
          if (digests === undefined)
            expect(bag(await bench.scanned(narrow, reading))).toEqual(bag(visible.rows));
          else
            expect((await all(digests)).map(digestText)).toEqual(
              ranges.map((range) => digestOf(visible, range)),
            );
        }),
        { numRuns: 10 },
      );
    });

    it.runIf(harness.capabilities.ordered)("ordered.scan keeps the declared order in any range", async () => {
      const { ordered } = collection;
      expect((await collect(ordered?.scan(ALL, reading))).map(hexOf)).toEqual(model.rows.map(hexOf));
      await fc.assert(
        fc.asyncProperty(anyBounds(harness, model, 3), async (bounds) => {
          for (const range of rangesBetween(bounds)) {
            const rows = await collect(ordered?.scan(range, reading));
            expect(rows.map(hexOf)).toEqual(model.inRange(range).map(hexOf));
          }
        }),
        { numRuns: 5 },
      );
    });

    it.runIf(harness.capabilities.digest)(
      "digest is that of ordered.scan, in any ranges, gaps included",
      async () => {
        const bounded = fc.tuple(anyBounds(harness, model, 12), fc.infiniteStream(fc.boolean()));
        await fc.assert(
          fc.asyncProperty(bounded, async ([bounds, chosen]) => {
            const ranges = rangesBetween(bounds).filter(() => chosen.next().value);
            const leaves = await all(collection.ordered?.digest?.(ranges, reading));
            expect(leaves.map(({ range }) => range)).toEqual(ranges);
            expect(leaves.map(digestText)).toEqual(ranges.map((range) => digestOf(model, range)));
          }),
          { numRuns: 10 },
        );
      },
    );

    it.runIf(harness.capabilities.ordered)(
      "split cuts everything into ranges of exactly so many rows",
      async () => {
        const sizes = [1, 7, model.rows.length - 1, model.rows.length, model.rows.length + 1];
        for (const size of sizes) {
          const ranges = (await collection.ordered?.split(size, reading)) ?? [];
          const counts = ranges.map((range) => model.inRange(range).length);
          const whole = Math.ceil(model.rows.length / size) - 1;
          expect(counts, `leaves of ${size}`).toEqual([
            ...Array.from({ length: whole }, () => size),
            model.rows.length - whole * size,
          ]);
          expect(ranges[0]?.from).toBeNull();
          expect(ranges.at(-1)?.to).toBeNull();
          ranges.slice(1).forEach((range, index) => {
            expect(range.from).toEqual(ranges[index]?.to);
          });
        }
      },
    );

    // The last one: it changes the rows.
    it("upsert finds its rows by the key, remove too", async () => {
      const { keyLength } = model.projection;
      const others = model.rows.map((_, index) => model.rows[(index + 1) % model.rows.length] as Uint8Array);
      const rewritten = model.rows.map((row, index) =>
        encodeTuple([...tupleFields(row, keyLength), ...tupleFields(others[index] ?? row).slice(keyLength)]),
      );
      const [kept, changed] = [model.rows.slice(0, 40), rewritten.slice(40)];
      expect(await load(collection, changed, "upsert")).toMatchObject({
        rows: changed.length,
        rejectedCount: 0,
      });
      expect(bag(await bench.scanned(collection, reading))).toEqual(bag([...kept, ...changed]));
      const gone = model.keys.filter((_, index) => index % 2 === 0);
      expect(await collection.remove(gone, reading)).toBe(gone.length);
      const left = [...kept, ...changed].filter((_, index) => index % 2 === 1);
      expect(bag(await bench.scanned(collection, reading))).toEqual(bag(left));
    });
  });
}

function digestOf(model: Model, range: Parameters<Model["inRange"]>[0]): string {
  const rows = model.inRange(range);
  return `${rows.length} ${sha256(rows)}`;
}
