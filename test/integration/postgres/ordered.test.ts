import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareKeys } from "../../../src/encoding/order.ts";
import { tupleKey, tuples } from "../../../src/encoding/tuple.ts";
import { type FieldType, t } from "../../../src/encoding/types.ts";
import { encodeValue } from "../../../src/encoding/value.ts";
import type { Collection, Key, KeyRange, LeafDigest, RowBatch } from "../../../src/stores/store.ts";
import { hasEngine } from "../../support/engines.ts";
import { collectionOf, encode, Kit, reading, type Values } from "./kit.ts";

const ALL: KeyRange = { from: null, to: null };

async function rowsOf(source: AsyncIterable<RowBatch>): Promise<Buffer[]> {
  const rows: Buffer[] = [];
  for await (const batch of source) for (const tuple of tuples(batch)) rows.push(Buffer.from(tuple));
  return rows;
}

describe.skipIf(!hasEngine("postgres"))("ordered reads", () => {
  const kit = new Kit("ordered");
  const store = kit.ready();
  let count = 0;

  async function table(
    ddl: string,
    insert: string,
    types: Readonly<Record<string, FieldType>>,
    keyLength: number,
  ): Promise<Collection> {
    await store;
    const name = `t${++count}`;
    await kit.sql(`CREATE TABLE ${name} (${ddl}); INSERT INTO ${name} ${insert}; ANALYZE ${name}`);
    return collectionOf(await store, name, types, { keyLength });
  }

  /** Split, scan and digest against the rows sorted here. */
  async function check(
    collection: Collection,
    rowsPerLeaf: number,
    extra: readonly Key[] = [],
  ): Promise<number> {
    const { keyLength } = collection.projection;
    const types = collection.projection.fields.slice(0, keyLength).map(({ type }) => type);
    const key = (row: Uint8Array) => tupleKey(row, keyLength);
    const rows = await rowsOf(collection.scan(reading));
    rows.sort((a, b) => compareKeys(types, key(a), key(b)) || Buffer.compare(a, b));
    const ordered = collection.ordered;
    if (ordered?.digest === undefined) throw new Error("no order");
    expect(await rowsOf(ordered.scan(ALL, reading))).toEqual(rows);

    const split = await ordered.split(rowsPerLeaf, reading);
    const bounds = [...split.slice(1).map(({ from }) => from ?? []), ...extra].sort((a, b) =>
      compareKeys(types, a, b),
    );
    const distinct = bounds.filter(
      (bound, i) => i === 0 || compareKeys(types, bounds[i - 1] ?? [], bound) !== 0,
    );
    const whole = [null, ...distinct].map((from, i) => ({ from, to: distinct[i] ?? null }));
    const holes = whole.filter((_, i) => i % 3 !== 1);
    for (const ranges of [whole, holes, whole.slice(1, -1), whole.slice(0, 1)]) {
      const expected = ranges.map((range): LeafDigest => {
        const inside = rows.filter(
          (row) =>
            (range.from === null || compareKeys(types, key(row), range.from) >= 0) &&
            (range.to === null || compareKeys(types, key(row), range.to) < 0),
        );
        const hash = createHash("sha256");
        for (const row of inside) hash.update(row);
        return { range, rows: inside.length, sha256: hash.digest() };
      });
      const got: LeafDigest[] = [];
      for await (const leaf of ordered.digest(ranges, reading)) got.push(leaf);
      expect(got).toEqual(expected);
      const scanned = await Promise.all(
        ranges.slice(0, 4).map((range) => rowsOf(ordered.scan(range, reading))),
      );
      expect(scanned.map((part) => part.length)).toEqual(expected.slice(0, 4).map((leaf) => leaf.rows));
    }
    return split.length;
  }

  const TEXTS = `SELECT (ARRAY['a','B','ä','Z','é','😀','z','a ','a-b','ab','A',''])[1 + i % 12] || (i / 12)::text`;

  it.each([
    ["C", "by an index"],
    ["en-x-icu", "by a sort"],
    ["default", "by a sort"],
  ])("texts of collation %s, %s", async (collation) => {
    const collection = await table(
      `k text COLLATE "${collation}" PRIMARY KEY, v int`,
      `SELECT s.k, i FROM generate_series(0, 499) i, LATERAL (${TEXTS} AS k) s`,
      { k: t.text(), v: t.int() },
      1,
    );
    const odd = ["a\0", "a\0b", "ä\0", "zz"].map((text) => [Buffer.from(text)]);
    const invalid = [[Buffer.from([0xff, 0xfe])], [Buffer.from([0x61, 0x80])]];
    expect(await check(collection, 64)).toBe(8);
    await check(collection, 50, [...odd, ...invalid]);
  });

  const kinds: readonly (readonly [string, FieldType, string])[] = [
    ["int2", t.int(), "(i - 250)::int2"],
    ["int8", t.int(), "(i - 250) * 36028797018963968 / 10"],
    ["numeric(18,4)", t.decimal(18, 4), "(i - 250) * 1.0001"],
    ["numeric", t.decimal(18, 2), "(i - 250) * 0.01"],
    ["numeric(38,10)", t.decimal(38, 10), "(i - 250) * 12345678901234567890.0123456789"],
    ["uuid", t.uuid(), "md5(i::text)::uuid"],
    ["bytea", t.bytes(), "decode(md5(i::text), 'hex')"],
    ["timestamptz", t.timestamp(), "timestamptz '1999-12-31 23:59:58Z' + i * interval '0.01 s'"],
    ["timestamp", t.timestamp(), "timestamp '0001-01-01 BC' + i * interval '8 years'"],
    ["date", t.date(), "date '2000-01-01' + (i - 250) * 5000"],
    ["varchar(20)", t.text(), "md5(i::text)::varchar(20)"],
    ["char(20)", t.text(), "md5(i::text)::char(20)"],
  ];
  it.each(kinds)("keys of %s", async (sqlType, type, expression) => {
    const collection = await table(
      `k ${sqlType} PRIMARY KEY, f float8, v numeric(10,2), j jsonb, a text[]`,
      `SELECT ${expression}, i * 0.1, i, jsonb_build_object('i', i), CASE WHEN i % 3 > 0 THEN ARRAY[i::text, NULL] END
       FROM generate_series(0, 499) i`,
      { k: type, f: t.float(), v: t.decimal(18, 4), j: t.json(), a: t.array(t.text()) },
      1,
    );
    expect(await check(collection, 64)).toBe(8);
  });

  it("keys of several columns, by an index and without one", async () => {
    const insert = "SELECT i / 50, chr(65 + i % 50), (i % 7)::bool, i FROM generate_series(0, 499) i";
    const types = { a: t.int(), b: t.text(), c: t.bool(), v: t.int() };
    const columns = 'a int2 NOT NULL, b text COLLATE "C" NOT NULL, c bool NOT NULL, v int';
    expect(await check(await table(`${columns}, PRIMARY KEY (a, b, c)`, insert, types, 3), 33)).toBe(16);
    expect(await check(await table(columns, insert, types, 3), 33)).toBe(16);
  });

  it("NULLs in the key come last; rows of one key by their encoding, never parted", async () => {
    const collection = await table(
      "a int, b text, v int",
      `SELECT nullif(i % 5, 4), nullif(chr(65 + i % 3), 'C'), i % 4 FROM generate_series(0, 299) i`,
      { a: t.int(), b: t.text(), v: t.int() },
      2,
    );
    const bound = (a: number | null, b: string | null): Key => [
      encodeValue(t.int(), a),
      encodeValue(t.text(), b),
    ];
    await check(collection, 7, [bound(null, "A"), bound(2, null), bound(null, null)]);
  });

  it("bounds beyond what a column can hold", async () => {
    const int64 = (value: bigint) => [encodeValue(t.int(), value)];
    const ints = await table(
      "k int2 PRIMARY KEY",
      "SELECT i - 50 FROM generate_series(0, 99) i",
      { k: t.int() },
      1,
    );
    await check(ints, 30, [int64(-(1n << 63n)), int64(1n << 40n), int64((1n << 63n) - 1n)]);
    const raw = (us: bigint) => {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64BE(us);
      return [bytes];
    };
    const times = await table(
      "k timestamptz PRIMARY KEY",
      "VALUES ('-infinity'), ('4714-11-24 BC'), ('2000-01-01'), ('294276-12-31 23:59:59.999999Z'), ('infinity')",
      { k: t.timestamp() },
      1,
    );
    await check(times, 2, [
      raw(-(1n << 63n) + 1n),
      raw((1n << 63n) - 2n),
      raw((1n << 63n) - 1n),
      raw(-211_813_488_000_000_001n),
    ]);
  });

  it("a where narrows split, scan and digest alike", async () => {
    await store;
    await kit.sql(
      "CREATE TABLE w (k int PRIMARY KEY, s text); INSERT INTO w SELECT i, nullif(i % 3, 0) FROM generate_series(1, 600) i",
    );
    const s = { name: "s", column: "s", type: t.text() };
    const where = [{ field: s, op: "isNot" as const, operand: Buffer.from("1") }];
    const collection = await collectionOf(await store, "w", { k: t.int() }, { where });
    expect(await collection.count(reading)).toBe(400);
    expect(await check(collection, 100)).toBe(4);
  });

  it("any keys and bounds agree with the order that is declared", async () => {
    await store;
    await kit.sql("CREATE TABLE p (a text, b int8, v text, PRIMARY KEY (a, b))");
    const collection = await collectionOf(
      await store,
      "p",
      { a: t.text(), b: t.int(), v: t.text() },
      { keyLength: 2 },
    );
    const text = fc
      .string({ unit: "binary", maxLength: 4 })
      .filter((value) => !value.includes("\0") && value.isWellFormed());
    const row = fc.record({ a: text, b: fc.bigInt({ min: -3n, max: 3n }), v: text });
    const anyText = fc.uint8Array({ maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { maxLength: 40 }),
        fc.array(fc.tuple(anyText, fc.bigInt({ min: -3n, max: 3n })), { maxLength: 4 }),
        fc.integer({ min: 1, max: 9 }),
        async (rows: readonly Values[], bounds, size) => {
          await kit.sql("TRUNCATE p");
          await collection.load(once(collection, rows), { signal: reading.signal, mode: "upsert" });
          await check(
            collection,
            size,
            bounds.map(([a, b]): Key => [Buffer.from(a), encodeValue(t.int(), b)]),
          );
        },
      ),
      { numRuns: 10 },
    );
  });
});

async function* once(collection: Collection, rows: readonly Values[]): AsyncGenerator<RowBatch> {
  const encoded = encode(collection, rows);
  yield { rows: encoded.length, bytes: Buffer.concat(encoded) };
}
