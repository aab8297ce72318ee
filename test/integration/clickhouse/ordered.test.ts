import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareKeys } from "../../../src/encoding/order.ts";
import { matches } from "../../../src/encoding/predicate.ts";
import { tupleFields } from "../../../src/encoding/tuple.ts";
import { type FieldType, t } from "../../../src/encoding/types.ts";
import { encodeValue } from "../../../src/encoding/value.ts";
import { Connection } from "../../../src/stores/clickhouse/connection.ts";
import { digestRanges } from "../../../src/stores/clickhouse/digest.ts";
import { openTable } from "../../../src/stores/clickhouse/table.ts";
import type {
  Collection,
  Key,
  KeyRange,
  LeafDigest,
  Predicate,
  ProjectedField,
} from "../../../src/stores/store.ts";
import { engineOptions, hasEngine } from "../../support/engines.ts";
import { batches, EVERYTHING, encode, hexes, Kit, never, reading, rowsOf } from "./kit.ts";

type Columns = Readonly<Record<string, readonly [string, FieldType]>>;

/** A key of a few values that lie close together, far apart, and in clumps with long common beginnings. */
const uuids = fc.oneof(
  fc.uuid(),
  fc.nat(40).map((n) => `00000000-0000-4000-8000-${n.toString(16).padStart(12, "0")}`),
  fc.nat(40).map((n) => `ffffffff-ffff-4fff-8fff-ffffffff${n.toString(16).padStart(4, "0")}`),
);
const ints = fc.oneof(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), fc.bigInt(-20n, 20n)).map(String);
const texts = fc.oneof(
  fc.string({ maxLength: 3 }),
  fc.nat(60).map((n) => `https://example.com/a/long/way/${n}`),
  fc.constantFrom("", "é", "z", "Z", "日本", "a", "ab", "a "),
);
const days = fc
  .integer({ min: -700_000, max: 700_000 })
  .map((n) => new Date(n * 86_400_000).toISOString().slice(0, 10));
const instants = fc.integer({ min: -(10 ** 12), max: 10 ** 12 }).map((n) => new Date(n).toISOString());

const KEYS: readonly (readonly [string, Columns, fc.Arbitrary<readonly unknown[]>])[] = [
  ["int", { a: ["Int64", t.int()] }, fc.tuple(ints)],
  ["small int", { a: ["Int8", t.int()] }, fc.tuple(fc.integer({ min: -128, max: 127 }))],
  ["uuid", { a: ["UUID", t.uuid()] }, fc.tuple(uuids)],
  ["text", { a: ["String", t.text()] }, fc.tuple(texts)],
  ["low cardinality text", { a: ["LowCardinality(String)", t.text()] }, fc.tuple(texts)],
  ["bytes", { a: ["String", t.bytes()] }, fc.tuple(fc.uint8Array({ maxLength: 3 }))],
  [
    "timestamp",
    { a: ["DateTime64(6, 'UTC')", t.timestamp()] },
    fc.tuple(fc.oneof(instants, fc.constantFrom("infinity", "-infinity"))),
  ],
  ["coarse timestamp", { a: ["DateTime64(3)", t.timestamp()] }, fc.tuple(instants)],
  ["date", { a: ["Date32", t.date()] }, fc.tuple(days)],
  [
    "decimal",
    { a: ["Decimal(18, 2)", t.decimal(18, 2)] },
    fc.tuple(fc.integer({ min: -500, max: 500 }).map((n) => (n / 100).toFixed(2))),
  ],
  [
    "wide decimal",
    { a: ["Decimal(38, 2)", t.decimal(38, 2)] },
    fc.tuple(fc.integer({ min: -500, max: 500 }).map((n) => (n / 100).toFixed(2))),
  ],
  ["nullable int", { a: ["Nullable(Int64)", t.int()] }, fc.tuple(fc.option(ints))],
  ["nullable uuid", { a: ["Nullable(UUID)", t.uuid()] }, fc.tuple(fc.option(uuids))],
  [
    "uuid, int",
    { a: ["UUID", t.uuid()], b: ["Int32", t.int()] },
    fc.tuple(uuids, fc.integer({ min: -9, max: 9 })),
  ],
  [
    "text, text",
    { a: ["String", t.text()], b: ["Nullable(String)", t.text()] },
    fc.tuple(texts, fc.option(texts)),
  ],
  ["bool, date", { a: ["Bool", t.bool()], b: ["Date32", t.date()] }, fc.tuple(fc.boolean(), days)],
  [
    "int, timestamp",
    { a: ["Int64", t.int()], b: ["DateTime64(6)", t.timestamp()] },
    fc.tuple(fc.integer({ min: 0, max: 3 }), instants),
  ],
];

function sorted(fields: readonly ProjectedField[], keyLength: number, rows: readonly Buffer[]): Buffer[] {
  const types = fields.map(({ type }) => type);
  const keyed = rows.map((row) => ({ row, key: tupleFields(row, keyLength) }));
  keyed.sort((x, y) => compareKeys(types, x.key, y.key) || Buffer.compare(x.row, y.row));
  return keyed.map(({ row }) => row);
}

function within(types: readonly FieldType[], { from, to }: KeyRange, row: Buffer): boolean {
  const key = tupleFields(row, types.length);
  return (
    (from === null || compareKeys(types, key, from) >= 0) && (to === null || compareKeys(types, key, to) < 0)
  );
}

const digestOf = (rows: readonly Buffer[]) => createHash("sha256").update(Buffer.concat(rows)).digest("hex");

async function digests(collection: Collection, ranges: readonly KeyRange[]): Promise<LeafDigest[]> {
  const leaves: LeafDigest[] = [];
  for await (const leaf of collection.ordered?.digest?.(ranges, reading) ?? []) leaves.push(leaf);
  return leaves;
}

/** Ranges between some of the keys: neighbours, with gaps, open ends or not. */
function cut(keys: readonly Key[], gaps: readonly boolean[], open: boolean): KeyRange[] {
  const bounds = open ? [null, ...keys, null] : [...keys];
  return bounds.slice(1).flatMap((to, index) => (gaps[index] ? [] : [{ from: bounds[index] ?? null, to }]));
}

describe.skipIf(!hasEngine("clickhouse"))("reads in the declared order", () => {
  const kit = new Kit("ordered");

  test.each(KEYS)("key %s: scan, split and digest", async (_, columns, arbitrary) => {
    const store = await kit.ready();
    const keyLength = Object.keys(columns).length;
    const { collection, fields } = await kit.collection(
      store,
      { ...columns, v: ["Nullable(String)", t.text()] },
      keyLength,
    );
    const types = fields.slice(0, keyLength).map(({ type }) => type);
    const keysOf = fc.sample(fc.tuple(arbitrary, fc.option(fc.string({ maxLength: 2 }))), {
      numRuns: 400,
      seed: 7,
    });
    const duplicates = keysOf.slice(0, 30);
    const rows = encode(
      fields,
      [...keysOf, ...duplicates].map(([key, v]) => ({ a: key[0], b: key[1], v })),
    );
    const order = sorted(fields, keyLength, rows);
    await collection.load(batches(rows, 50), { signal: never, mode: "insert" });
    const { ordered } = collection;
    expect(hexes(await rowsOf(ordered?.scan(EVERYTHING, reading) ?? batches([])))).toEqual(hexes(order));

    const leaves = (await ordered?.split(16, reading)) ?? [];
    expect([leaves[0]?.from, leaves.at(-1)?.to]).toEqual([null, null]);
    for (const [index, leaf] of (await digests(collection, leaves)).entries()) {
      const range = leaves[index] ?? EVERYTHING;
      const members = order.filter((row) => within(types, range, row));
      expect([leaf.rows, Buffer.from(leaf.sha256).toString("hex")]).toEqual([
        members.length,
        digestOf(members),
      ]);
      expect(leaf.range).toBe(range);
    }

    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(
          fc.oneof(
            fc.nat(order.length - 1).map((n) => tupleFields(order[n] ?? Buffer.alloc(2), keyLength)),
            arbitrary.map((key) => key.map((value, index) => encodeValue(types[index] ?? t.int(), value))),
          ),
          {
            minLength: 2,
            maxLength: 12,
            selector: (key) => hexes(key.map((field) => field ?? Buffer.of(9, 9))).join(),
          },
        ),
        fc.array(fc.boolean(), { minLength: 14, maxLength: 14 }),
        fc.boolean(),
        async (some, gaps, open) => {
          const bounds = some.toSorted((x, y) => compareKeys(types, x, y));
          const ranges = cut(bounds, gaps, open);
          const found = await digests(collection, ranges);
          const expected = ranges.map((range) => order.filter((row) => within(types, range, row)));
          expect(found.map(({ rows, sha256 }) => [rows, Buffer.from(sha256).toString("hex")])).toEqual(
            expected.map((members) => [members.length, digestOf(members)]),
          );
          const [first] = ranges;
          if (first === undefined) return;
          const read = await rowsOf(ordered?.scan(first, reading) ?? batches([]));
          expect(hexes(read)).toEqual(hexes(expected[0] ?? []));
        },
      ),
      { numRuns: 8, seed: 11 },
    );
  });

  test("a replacing table is read as it will be after its merges", async () => {
    const store = await kit.ready();
    const { collection, fields, table } = await kit.collection(
      store,
      { id: ["UUID", t.uuid()], v: ["String", t.text()] },
      1,
      "ENGINE = ReplacingMergeTree ORDER BY id",
    );
    await kit.sql(`SYSTEM STOP MERGES ${table}`);
    const id = (n: number) => `0000000${n}-0000-4000-8000-000000000000`;
    const load = (rows: readonly { id: string; v: string }[], mode: "insert" | "upsert") =>
      collection.load(batches(encode(fields, rows)), { signal: never, mode });
    await load(
      [
        { id: id(1), v: "old" },
        { id: id(2), v: "x" },
      ],
      "insert",
    );
    await load([{ id: id(1), v: "new" }], "upsert");
    expect(await kit.sql(`SELECT count() FROM ${table}`)).toBe("3");
    const expected = encode(fields, [
      { id: id(1), v: "new" },
      { id: id(2), v: "x" },
    ]);
    expect(await collection.count(reading)).toBe(2);
    expect(hexes(await rowsOf(collection.ordered?.scan(EVERYTHING, reading) ?? batches([])))).toEqual(
      hexes(expected),
    );
    const [leaf] = await digests(collection, [EVERYTHING]);
    expect(leaf?.rows).toBe(2);
    expect(Buffer.from(leaf?.sha256 ?? []).toString("hex")).toBe(digestOf(expected));
    const key = [encodeValue(t.uuid(), id(1))];
    expect((await collection.lookup([key], reading)).map(hexes)).toEqual([hexes(expected.slice(0, 1))]);
    await kit.sql(`SYSTEM START MERGES ${table}`);
    expect(await collection.remove([key], { signal: never })).toBe(1);
    expect(await kit.sql(`SELECT count() FROM ${table}`)).toBe("1");
  });

  test("what is too much for one statement is cut into several, or streamed", async () => {
    const store = await kit.ready();
    const { collection, fields } = await kit.collection(
      store,
      { id: ["UUID", t.uuid()], v: ["String", t.text()] },
      1,
    );
    const ids = fc.sample(fc.uuid(), { numRuns: 1_000, seed: 9 });
    const rows = encode(
      fields,
      ids.map((id) => ({ id, v: "x" })),
    );
    await collection.load(batches(rows), { signal: never, mode: "insert" });
    const connection = new Connection(engineOptions("clickhouse", kit.namespace));
    const opened = await openTable(connection, kit.namespace, collection.ref, collection.projection, never);
    const ranges = (await collection.ordered?.split(30, reading)) ?? [];
    const [wide, ...rest] = [{ from: null, to: ranges[9]?.to ?? null }, ...ranges.slice(10)];
    const expected = await digests(collection, [wide, ...rest]);
    for (const most of [1, 29, 100, 301, 999]) {
      const found: LeafDigest[] = [];
      for await (const leaf of digestRanges(connection, opened, [wide, ...rest], reading, most))
        found.push(leaf);
      expect(found).toEqual(expected);
    }
    expect(expected.reduce((sum, leaf) => sum + leaf.rows, 0)).toBe(rows.length);
    await connection.close();
  });

  test("predicates mean what they mean in memory", async () => {
    const store = await kit.ready();
    const columns: Columns = {
      id: ["Int64", t.int()],
      i: ["Nullable(Int16)", t.int()],
      d: ["Nullable(Decimal(18, 2))", t.decimal(18, 2)],
      f: ["Nullable(Float64)", t.float()],
      s: ["LowCardinality(Nullable(String))", t.text()],
      u: ["Nullable(UUID)", t.uuid()],
      ts: ["Nullable(DateTime64(3))", t.timestamp()],
      day: ["Nullable(Date)", t.date()],
      b: ["Bool", t.bool()],
      x: ["FixedString(2)", t.bytes()],
    };
    const { fields, table, collection } = await kit.collection(store, columns, 1);
    const value = {
      i: fc.option(fc.integer({ min: -3, max: 3 })),
      d: fc.option(fc.integer({ min: -3, max: 3 }).map((n) => (n / 2).toFixed(2))),
      f: fc.option(fc.constantFrom(Number.NaN, -1.5, 0, 0.1, Number.POSITIVE_INFINITY)),
      s: fc.option(fc.constantFrom("", "a", "a ", "é", "Z")),
      u: fc.option(
        fc.constantFrom("00000000-0000-4000-8000-000000000001", "f0000000-0000-4000-8000-000000000000"),
      ),
      ts: fc.option(fc.constantFrom("2020-01-01T00:00:00.001Z", "1900-01-01T00:00:00Z")),
      day: fc.option(fc.constantFrom("2020-01-01", "1970-01-01")),
      b: fc.boolean(),
      x: fc.constantFrom(new Uint8Array([0, 0]), new Uint8Array([0, 1]), new Uint8Array([255, 0])),
    };
    const values = fc.sample(fc.record(value), { numRuns: 120, seed: 3 });
    const rows = encode(
      fields,
      values.map((row, id) => ({ id, ...row })),
    );
    await collection.load(batches(rows), { signal: never, mode: "insert" });
    const predicate = fc.constantFrom(...fields.slice(1)).chain((field): fc.Arbitrary<Predicate> => {
      const operand = (value[field.name as keyof typeof value] as fc.Arbitrary<unknown>)
        .filter((one) => one !== null)
        .map((one) => encodeValue(field.type, one) ?? new Uint8Array());
      return fc.oneof(
        fc.constantFrom("isNull" as const, "isNotNull" as const).map((op) => ({ field, op })),
        fc
          .tuple(
            fc.constantFrom(
              "is" as const,
              "isNot" as const,
              "lt" as const,
              "lte" as const,
              "gt" as const,
              "gte" as const,
            ),
            operand,
          )
          .map(([op, one]) => ({ field, op, operand: one })),
        fc.array(operand, { maxLength: 3 }).map((operands) => ({ field, op: "in" as const, operands })),
      );
    });
    await fc.assert(
      fc.asyncProperty(fc.array(predicate, { minLength: 1, maxLength: 2 }), async (where) => {
        const ref = { store: "clickhouse" as const, name: table };
        const filtered = await store.collection(ref, { fields, keyLength: 1, where }, never);
        const expected = rows.filter((row) => {
          const held = tupleFields(row);
          return where.every((one) =>
            matches(one, held[fields.findIndex(({ name }) => name === one.field.name)] ?? null),
          );
        });
        expect(hexes(await rowsOf(filtered.ordered?.scan(EVERYTHING, reading) ?? batches([])))).toEqual(
          hexes(expected),
        );
        expect(await filtered.count(reading)).toBe(expected.length);
      }),
      { numRuns: 60, seed: 5 },
    );
  });
});
