import { describe, expect, test } from "vitest";
import { t } from "../../../src/encoding/types.ts";
import { encodeValue } from "../../../src/encoding/value.ts";
import type { RowBatch } from "../../../src/stores/store.ts";
import { hasEngine } from "../../support/engines.ts";
import { batches, encode, hexes, Kit, never, reading, rowsOf } from "./kit.ts";

const PAIR = { id: ["Int64", t.int()], v: ["String", t.text()] } as const;
const insert = { signal: never, mode: "insert" } as const;
const upsert = { signal: never, mode: "upsert" } as const;
const key = (id: number) => [new Uint8Array(encodeValue(t.int(), id) ?? [])];

describe.skipIf(!hasEngine("clickhouse"))("writing", () => {
  const kit = new Kit("load");

  test("rows that the engine refuses are found among those that it takes", async () => {
    const store = await kit.ready();
    const tail = "ENGINE = MergeTree ORDER BY id";
    const { collection, fields, table } = await kit.collection(store, PAIR, 1, tail);
    await kit.sql(`ALTER TABLE ${table} ADD CONSTRAINT short CHECK length(v) < 10`);
    const rows = encode(
      fields,
      Array.from({ length: 5_000 }, (_, id) => ({ id, v: id % 1_700 === 699 ? "far too long" : "ok" })),
    );
    const report = await collection.load(batches(rows, 900), insert);
    expect(report).toMatchObject({ rows: 4_997, rejectedCount: 3 });
    expect(report.rejected.map((one) => one.key)).toEqual([key(699), key(2_399), key(4_099)]);
    expect(report.rejected[0]?.reason).toContain("short");
    expect(await collection.count(reading)).toBe(4_997);
  });

  test("at most 100 refusals are kept, all are counted", async () => {
    const store = await kit.ready();
    const { collection, fields } = await kit.collection(
      store,
      { id: ["Int64", t.int()], v: ["UInt8", t.int()] },
      1,
    );
    const rows = encode(
      fields,
      Array.from({ length: 1_000 }, (_, id) => ({ id, v: id })),
    );
    const report = await collection.load(batches(rows), insert);
    expect([report.rows, report.rejectedCount, report.rejected.length]).toEqual([256, 744, 100]);
    expect(report.rejected[0]).toEqual({ key: key(256), reason: "v: 256 is outside the range of UInt8" });
  });

  test("the same rows again are written again: nothing is taken for a repetition", async () => {
    const store = await kit.ready();
    const tail = "ENGINE = MergeTree ORDER BY id SETTINGS non_replicated_deduplication_window = 100";
    const { collection, fields } = await kit.collection(store, PAIR, 1, tail);
    const rows = encode(fields, [{ id: 1, v: "a" }]);
    for (const mode of [insert, upsert, upsert]) await collection.load(batches(rows), mode);
    expect(await collection.remove([key(1)], { signal: never })).toBe(1);
    expect(await collection.count(reading)).toBe(0);
    await collection.load(batches(rows), insert);
    expect(await collection.count(reading)).toBe(1);
  });

  test("hundreds of partitions at once", async () => {
    const store = await kit.ready();
    const { collection, fields } = await kit.collection(
      store,
      PAIR,
      1,
      "ENGINE = MergeTree PARTITION BY id % 300 ORDER BY id",
    );
    const rows = encode(
      fields,
      Array.from({ length: 600 }, (_, id) => ({ id, v: "" })),
    );
    expect(await collection.load(batches(rows), insert)).toMatchObject({ rows: 600 });
  });

  test.each([
    ["MergeTree", "ENGINE = MergeTree ORDER BY id"],
    ["ReplacingMergeTree", "ENGINE = ReplacingMergeTree ORDER BY id"],
    ["ReplacingMergeTree whose older version wins", "ENGINE = ReplacingMergeTree(version) ORDER BY id"],
    ["MergeTree of another order", "ENGINE = MergeTree ORDER BY v"],
    ["Memory", "ENGINE = Memory"],
  ])("upsert into %s replaces, and of several rows the last stays", async (_, tail) => {
    const store = await kit.ready();
    const columns = { ...PAIR, version: ["Int64", t.int()] } as const;
    const { collection, fields } = await kit.collection(store, columns, 1, tail);
    const first = encode(
      fields,
      Array.from({ length: 2_000 }, (_, id) => ({ id, v: `first ${id}`, version: 9 })),
    );
    await collection.load(batches(first), upsert);
    const second = [
      ...Array.from({ length: 1_500 }, (_, id) => ({ id: id * 2, v: "second", version: 1 })),
      { id: 7, v: "not this", version: 1 },
      { id: 7, v: "but this", version: 0 },
    ];
    expect(await collection.load(batches(encode(fields, second), 400), upsert)).toMatchObject({
      rejectedCount: 0,
    });
    const rows = [
      ...Array.from({ length: 2_000 }, (_, id) => ({ id, v: `first ${id}`, version: 9 })),
      ...second.slice(1_000, 1_500),
    ].map((row) =>
      row.id === 7 ? (second.at(-1) ?? row) : row.id % 2 === 0 ? { ...row, v: "second", version: 1 } : row,
    );
    const expected = hexes(encode(fields, rows)).sort();
    expect(hexes(await rowsOf(collection.scan(reading))).sort()).toEqual(expected);
  });

  test("duplicates: lookup returns each, remove takes all, an upsert leaves one", async () => {
    const store = await kit.ready();
    const { collection, fields } = await kit.collection(store, PAIR, 1);
    const rows = encode(fields, [
      { id: 1, v: "b" },
      { id: 1, v: "a" },
      { id: 1, v: "a" },
      { id: 2, v: "x" },
    ]);
    await collection.load(batches(rows), insert);
    const found = await collection.lookup([key(2), key(3), key(1), key(2)], reading);
    expect(found.map(hexes)).toEqual([
      hexes(rows.slice(3)),
      [],
      hexes([rows[1], rows[2], rows[0]].flatMap((row) => row ?? [])),
      hexes(rows.slice(3)),
    ]);
    await collection.load(batches(encode(fields, [{ id: 1, v: "c" }])), upsert);
    expect(await collection.count(reading)).toBe(2);
    expect(await collection.remove([key(1), key(1), key(9)], { signal: never })).toBe(1);
    expect(await collection.remove([key(1)], { signal: never })).toBe(0);
  });

  test.each([
    ["nullable", { a: ["Nullable(Int32)", t.int()], b: ["Nullable(String)", t.text()] }],
    ["of another precision", { a: ["Decimal(18, 6)", t.decimal(9, 2)], b: ["DateTime64(9)", t.timestamp()] }],
    ["in the column's own terms", { a: ["UUID", t.uuid()], b: ["Enum8('x' = 1, 'y' = 2)", t.text()] }],
    ["of bytes", { a: ["FixedString(3)", t.bytes()], b: ["Bool", t.bool()] }],
  ] as const)("keys that are %s are found and removed", async (_, columns) => {
    const store = await kit.ready();
    const { collection, fields } = await kit.collection(store, { ...columns, v: ["Int64", t.int()] }, 2);
    const some: Record<string, readonly unknown[]> = {
      "Nullable(Int32)": [null, 1, -1],
      "Nullable(String)": [null, "", "a\u0001b"],
      "Decimal(18, 6)": ["1.25", "-1.25"],
      "DateTime64(9)": ["2020-01-01T00:00:00.000001Z", "1960-01-01T00:00:00Z"],
      UUID: ["00000000-0000-4000-8000-000000000001", "f0000000-0000-4000-8000-000000000000"],
      "Enum8('x' = 1, 'y' = 2)": ["x", "y"],
      "FixedString(3)": [new Uint8Array([1, 0, 0]), new Uint8Array([0, 0, 1])],
      Bool: [true, false],
    };
    const rows = encode(
      fields,
      (some[columns.a[0]] ?? []).flatMap((a) => (some[columns.b[0]] ?? []).map((b) => ({ a, b, v: 1 }))),
    );
    await collection.load(batches(rows), insert);
    const keys: (readonly (Uint8Array | null)[])[] = [];
    for await (const some of collection.keys(reading)) keys.push(...some);
    expect(keys).toHaveLength(rows.length);
    const found = await collection.lookup(keys, reading);
    expect(found.map(({ length }) => length)).toEqual(rows.map(() => 1));
    expect(hexes(found.flat()).sort()).toEqual(hexes(rows).sort());
    expect(await collection.remove(keys.slice(1), { signal: never })).toBe(rows.length - 1);
    expect((await collection.lookup(keys, reading)).map(({ length }) => length)).toEqual([
      1,
      ...keys.slice(1).map(() => 0),
    ]);
  });

  test("rows of a table with projections are removed, too", async () => {
    const store = await kit.ready();
    const { collection, fields, table } = await kit.collection(store, PAIR, 1);
    await kit.sql(`ALTER TABLE ${table} ADD PROJECTION p (SELECT v, count() GROUP BY v)`);
    await collection.load(
      batches(
        encode(fields, [
          { id: 1, v: "a" },
          { id: 2, v: "a" },
        ]),
      ),
      insert,
    );
    expect(await collection.remove([key(1)], { signal: never })).toBe(1);
    expect(await kit.sql(`SELECT v, count() FROM ${table} GROUP BY v`)).toBe("a\t1");
  });

  test("a key that the column can't hold is not there", async () => {
    const store = await kit.ready();
    const { collection, fields } = await kit.collection(
      store,
      { id: ["Int8", t.int()], v: ["Int64", t.int()] },
      1,
    );
    await collection.load(batches(encode(fields, [{ id: 1, v: 1 }])), insert);
    expect((await collection.lookup([key(257), key(1)], reading)).map(({ length }) => length)).toEqual([
      0, 1,
    ]);
    expect(await collection.remove([key(257)], { signal: never })).toBe(0);
  });

  test("columns that only the engine writes are refused", async () => {
    const store = await kit.ready();
    const { fields, table } = await kit.collection(store, PAIR, 1);
    await kit.sql(`ALTER TABLE ${table} ADD COLUMN w String MATERIALIZED upper(v)`);
    const wide = { fields: [...fields, { name: "w", column: "w", type: t.text() }], keyLength: 1, where: [] };
    const collection = await store.collection({ store: "clickhouse", name: table }, wide, never);
    await expect(collection.load(batches([]), insert)).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  });

  test("what stops a load says how much is written; the source's own error passes as it is", async () => {
    const store = await kit.ready();
    const { collection, fields, table } = await kit.collection(store, PAIR, 1);
    const big = encode(
      fields,
      Array.from({ length: 300 }, (_, id) => ({ id, v: "x".repeat(100_000) })),
    );
    const gone = collection.load(
      (async function* (): AsyncGenerator<RowBatch> {
        yield* batches(big, 10);
        await kit.sql(`DROP TABLE ${table} SYNC`);
        yield* batches(big, 10);
      })(),
      insert,
    );
    await expect(gone).rejects.toMatchObject({
      code: "COLLECTION_MISSING",
      data: { rowsWritten: expect.any(Number) },
    });
    const { collection: other } = await kit.collection(store, PAIR, 1);
    const own = new Error("mine");
    const failing = other.load(
      (async function* (): AsyncGenerator<RowBatch> {
        yield* batches(big.slice(0, 3));
        throw own;
      })(),
      insert,
    );
    await expect(failing).rejects.toBe(own);
  });
});
