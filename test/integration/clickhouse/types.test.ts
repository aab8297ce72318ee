import { describe, expect, test } from "vitest";
import { tupleFields } from "../../../src/encoding/tuple.ts";
import { type FieldType, t } from "../../../src/encoding/types.ts";
import { formatField } from "../../../src/encoding/value.ts";
import { hasEngine } from "../../support/engines.ts";
import { batches, encode, hexes, Kit, never, reading, rowsOf } from "./kit.ts";

/** ClickHouse's type, declared type, values it holds (as encodeValue takes them), values that it has to refuse. */
type Case = readonly [held: string, type: FieldType, good: readonly unknown[], bad: readonly unknown[]];

const LONG = "x".repeat(70_000);
const D = (precision: number, scale: number) => t.decimal(precision, scale);
const EDGES = ["-9223372036854775808", "9223372036854775807", "-1", "0", "1", "4294967296"];

const CASES: readonly Case[] = [
  ["Int64", t.int(), EDGES, []],
  [
    "Int32",
    t.int(),
    ["-2147483648", "2147483647", "-1"],
    ["2147483648", "-2147483649", "9223372036854775807"],
  ],
  ["Int16", t.int(), ["-32768", "32767"], ["32768", "-32769", "65536", "4294967296"]],
  ["Int8", t.int(), ["-128", "127", "-1"], ["128", "-129", "256"]],
  ["UInt64", t.int(), ["0", "9223372036854775807"], ["-1"]],
  ["UInt32", t.int(), ["0", "4294967295"], ["-1", "4294967296"]],
  ["UInt16", t.int(), ["0", "65535"], ["-1", "65536"]],
  ["UInt8", t.int(), ["0", "255"], ["-1", "256"]],
  ["Decimal(18, 4)", D(18, 4), ["-99999999999999.9999", "0.0001", "0"], []],
  ["Decimal(9, 2)", D(9, 2), ["-9999999.99", "9999999.99"], []],
  [
    "Decimal(18, 6)",
    D(18, 4),
    ["1.5", "-0.0001", "999999999999.9999"],
    ["1000000000000", "-1000000000000.5"],
  ],
  ["Decimal(18, 2)", D(18, 4), ["1.5", "-1.25"], ["1.505", "0.0001"]],
  ["Decimal(9, 0)", D(38, 3), ["1", "-999999999"], ["1.5", "1000000000"]],
  ["Decimal(38, 10)", D(38, 10), ["-9999999999999999999999999999.9999999999", "0.0000000001", "-1"], []],
  ["Decimal(76, 12)", D(38, 10), ["-9999999999999999999999999999.9999999999", "12345678901234567890.5"], []],
  ["Decimal(38, 0)", D(18, 0), ["-999999999999999999", "1"], []],
  ["Float64", t.float(), [0, -0, Number.NaN, 5e-324, -1.5, Number.POSITIVE_INFINITY, 0.1], []],
  ["Float32", t.float(), [0, Number.NaN, -1.5, Number.NEGATIVE_INFINITY, 2 ** -149], [0.1, 1e300]],
  ["Bool", t.bool(), [true, false], []],
  ["UInt8", t.bool(), [true, false], []],
  ["String", t.text(), ["", "é", "a ", "日本語 😀", "\\'\"\t\n", LONG], []],
  ["LowCardinality(String)", t.text(), ["", "é", "same", "same"], []],
  ["FixedString(4)", t.text(), ["", "ab", "é", "abcd"], ["abcde", "é€"]],
  ["Enum8('a' = 1, 'it''s' = -2, 'é, (' = 3)", t.text(), ["a", "it's", "é, ("], ["b", ""]],
  ["Enum16('a' = 1000)", t.text(), ["a"], ["A"]],
  ["UUID", t.uuid(), ["00000000-0000-0000-0000-000000000000", "01234567-89ab-cdef-fedc-ba9876543210"], []],
  [
    "DateTime64(6, 'UTC')",
    t.timestamp(),
    [
      "1970-01-01T00:00:00.000001Z",
      "-infinity",
      "infinity",
      "0001-01-01T00:00:00Z",
      "9999-12-31T23:59:59.999999Z",
    ],
    ["294276-12-31T23:59:59.999999Z"],
  ],
  [
    "DateTime64(3, 'Asia/Tokyo')",
    t.timestamp(),
    ["2024-02-29T12:00:00.123Z", "1600-01-01T00:00:00Z"],
    ["2024-02-29T12:00:00.000001Z"],
  ],
  [
    "DateTime64(9)",
    t.timestamp(),
    ["2024-02-29T12:00:00.123456Z", "1700-01-01T00:00:00.000001Z"],
    ["3000-01-01T00:00:00Z"],
  ],
  [
    "DateTime('Europe/Berlin')",
    t.timestamp(),
    ["1970-01-01T00:00:00Z", "2106-02-07T06:28:15Z"],
    ["1969-12-31T23:59:59Z", "2106-02-07T06:28:16Z", "2024-01-01T00:00:00.5Z", "infinity"],
  ],
  ["Date", t.date(), ["1970-01-01", "2149-06-06"], ["1969-12-31", "2149-06-07", "infinity"]],
  ["Date32", t.date(), ["0001-01-01", "2024-02-29", "9999-12-31", "-infinity", "infinity"], []],
  ["String", t.bytes(), [new Uint8Array(), new Uint8Array([0, 255, 0]), new Uint8Array([0xc3, 0x28])], []],
  [
    "FixedString(2)",
    t.bytes(),
    [new Uint8Array([0, 0]), new Uint8Array([255, 0])],
    [new Uint8Array([1]), new Uint8Array(3)],
  ],
  ["String", t.json(), [{ b: 1.5, aa: [null, "é"] }, "text", 12], []],
  ["Array(Nullable(Int32))", t.array(t.int()), [[], ["1", null, "-5"], [null]], [["1", "4294967296"]]],
  [
    "Array(LowCardinality(Nullable(String)))",
    t.array(t.text()),
    [[], ["", null, "é"], Array.from({ length: 200 }, (_, n) => `${n}`)],
    [],
  ],
  ["Array(Array(Int64))", t.array(t.array(t.int())), [[], [[], ["1"], ["2", "3"]]], [[["1", null]]]],
  ["Array(UUID)", t.array(t.uuid()), [[], ["01234567-89ab-cdef-fedc-ba9876543210"]], [[null]]],
];

const readable = (type: FieldType, rows: readonly Buffer[]) =>
  rows.map((row) => formatField(type, tupleFields(row)[1] ?? null).slice(0, 60));

describe.skipIf(!hasEngine("clickhouse"))("every column type", () => {
  const kit = new Kit("types");

  test.each(CASES)("%s holds %o exactly, or refuses", async (held, type, good, bad) => {
    const store = await kit.ready();
    const canBeNull = !held.startsWith("Array");
    const nullable = held.startsWith("LowCardinality(")
      ? held.replace(/\((.*)\)$/, "(Nullable($1))")
      : `Nullable(${held})`;
    for (const column of canBeNull ? [held, nullable] : [held]) {
      const takesNull = column !== held;
      const { collection, fields } = await kit.collection(
        store,
        { id: ["Int64", t.int()], v: [column, type] },
        1,
      );
      const values = [...good, ...bad, null];
      const rows = encode(
        fields,
        values.map((v, id) => ({ id, v })),
      );
      const report = await collection.load(batches(rows, 3), { signal: never, mode: "insert" });
      const expected = rows.filter(
        (_, index) => index < good.length || (takesNull && index === values.length - 1),
      );
      expect(report.rejected.map(({ key }) => Buffer.from(key[0] ?? []).readBigInt64BE())).toEqual(
        values.flatMap((_, index) =>
          expected.includes(rows[index] ?? Buffer.alloc(0)) ? [] : [BigInt(index)],
        ),
      );
      expect(report).toMatchObject({ rows: expected.length, rejectedCount: rows.length - expected.length });
      const read = await rowsOf(collection.scan(reading));
      expect(readable(type, read.toSorted(Buffer.compare))).toEqual(readable(type, expected));
      expect(hexes(read.toSorted(Buffer.compare))).toEqual(hexes(expected));
    }
  });

  test("values that only ClickHouse can hold are an error when read, not another value", async () => {
    const store = await kit.ready();
    const read = async (held: string, type: FieldType, literal: string) => {
      const { collection, table } = await kit.collection(
        store,
        { id: ["Int64", t.int()], v: [held, type] },
        1,
      );
      await kit.sql(`INSERT INTO ${table} SELECT number, ${literal} FROM numbers(3)`);
      return rowsOf(collection.scan(reading));
    };
    const unrepresentable = expect.objectContaining({ code: "VALUE_UNREPRESENTABLE" });
    await expect(read("UInt64", t.int(), "9223372036854775808")).rejects.toEqual(unrepresentable);
    await expect(read("Decimal(38, 4)", D(18, 4), "toDecimal128('123456789012345678', 4)")).rejects.toEqual(
      unrepresentable,
    );
    await expect(
      read("DateTime64(0)", t.timestamp(), "reinterpret(toInt64(9300000000000000), 'DateTime64(0)')"),
    ).rejects.toEqual(unrepresentable);
    const halves = await read("Decimal(18, 4)", D(18, 2), "toDecimal64('-1.0050', 4)");
    expect(readable(D(18, 2), halves)[0]).toBe("-1.01");
    const ns = await read(
      "DateTime64(9, 'UTC')",
      t.timestamp(),
      "toDateTime64('2020-01-01 00:00:00.000000500', 9, 'UTC')",
    );
    expect(readable(t.timestamp(), ns)[0]).toBe("2020-01-01T00:00:00.000001Z");
  });

  test("odd bytes in text stay as they are", async () => {
    const store = await kit.ready();
    const { collection, table } = await kit.collection(
      store,
      { id: ["Int64", t.int()], v: ["String", t.text()] },
      1,
    );
    await kit.sql(`INSERT INTO ${table} VALUES (1, unhex('ff00c328'))`);
    const [row = Buffer.alloc(0)] = await rowsOf(collection.scan(reading));
    expect(Buffer.from(tupleFields(row)[1] ?? []).toString("hex")).toBe("ff00c328");
  });

  test("a row of many megabytes", async () => {
    const store = await kit.ready();
    const { collection, fields } = await kit.collection(
      store,
      { id: ["Int64", t.int()], v: ["String", t.bytes()] },
      1,
    );
    const rows = encode(fields, [
      { id: 1, v: new Uint8Array(30 << 20).fill(7) },
      { id: 2, v: new Uint8Array([1]) },
    ]);
    await collection.load(batches(rows), { signal: never, mode: "insert" });
    const read = (await rowsOf(collection.scan(reading))).toSorted(Buffer.compare);
    expect(read.map((row, index) => row.equals(rows[index] ?? row))).toEqual([true, true]);
    expect(read).toHaveLength(2);
  });
});
