import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tupleFields } from "../../../src/encoding/tuple.ts";
import { type FieldType, t, typeName } from "../../../src/encoding/types.ts";
import {
  arrayElements,
  compileEncoder,
  encodeRow,
  encodeValue,
  formatField,
  JsonText,
  parseField,
} from "../../../src/encoding/value.ts";
import { anyValueOf } from "../../conformance/arbitraries.ts";

const TYPES: readonly FieldType[] = [
  t.int(),
  t.decimal(18, 4),
  t.decimal(5, 5),
  t.decimal(38, 10),
  t.float(),
  t.bool(),
  t.text(),
  t.uuid(),
  t.timestamp(),
  t.date(),
  t.bytes(),
  t.json(),
  t.array(t.text()),
  t.array(t.decimal(38, 4)),
  t.array(t.json()),
  t.array(t.array(t.timestamp())),
];

const unrepresentable = expect.objectContaining({ code: "VALUE_UNREPRESENTABLE" });
const ofType = TYPES.map((type) => [typeName(type), type] as const);

describe("values", () => {
  it.each(ofType)("%s: text and bytes are each other's inverse", (_, type) => {
    fc.assert(
      fc.property(anyValueOf(type), (value) => {
        const bytes = encodeValue(type, value);
        expect(Buffer.compare(parseField(type, formatField(type, bytes)), bytes as Uint8Array)).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  it("a row is the tuple of its fields' bytes, whatever was encoded before", () => {
    const fields = TYPES.map((type, index) => ({ name: `f${index}`, type }));
    const encode = compileEncoder(fields);
    const row = fc.record(
      Object.fromEntries(fields.map(({ name, type }) => [name, fc.option(anyValueOf(type))] as const)),
    );
    const kept: [Uint8Array, Buffer][] = [];
    fc.assert(
      fc.property(row, (values) => {
        const tuple = encode(values);
        kept.push([tuple, Buffer.from(tuple)]);
        expect(tupleFields(tuple)).toEqual(fields.map(({ name, type }) => encodeValue(type, values[name])));
        expect(Buffer.compare(encodeRow(fields, values), tuple)).toBe(0);
      }),
    );
    for (const [tuple, copy] of kept) expect(Buffer.compare(tuple, copy)).toBe(0);
  });

  it("a row that fails half-way leaves nothing in the next one", () => {
    const fields = [
      { name: "note", type: t.text() },
      { name: "n", type: t.int() },
    ];
    expect(() => encodeRow(fields, { note: "x".repeat(100_000), n: "no" })).toThrow(unrepresentable);
    expect(tupleFields(encodeRow(fields, { note: "a", n: 1 }))[0]).toEqual(Buffer.from("a"));
    expect(() => encodeRow(fields, { n: 1.5 })).toThrow(/field n: .*no int/);
  });

  it("texts longer than a slab, and arrays that grow over one", () => {
    const long = "ä€😀".repeat(50_000);
    expect(Buffer.from(encodeValue(t.text(), long) ?? []).toString()).toBe(long);
    const elements = Array.from({ length: 3000 }, (_, index) => `${index} `.repeat(20));
    const bytes = encodeValue(t.array(t.text()), elements) as Uint8Array;
    expect(arrayElements(bytes).map((element) => Buffer.from(element ?? []).toString())).toEqual(elements);
  });

  it("a decimal that a double spells is that decimal", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, min: -1e13, max: 1e13 }), (value) => {
        expect(encodeValue(t.decimal(18, 4), value)).toEqual(encodeValue(t.decimal(18, 4), String(value)));
      }),
      { numRuns: 2000 },
    );
    expect(formatField(t.decimal(18, 4), encodeValue(t.decimal(18, 4), 1.005))).toBe("1.0050");
    expect(formatField(t.decimal(18, 2), encodeValue(t.decimal(18, 2), 1.005))).toBe("1.01");
    expect(formatField(t.decimal(18, 2), encodeValue(t.decimal(18, 2), 1e-7))).toBe("0.00");
  });
});

const REFUSED: readonly (readonly [FieldType, readonly unknown[]])[] = [
  [t.int(), [1.5, 2 ** 53, Number.NaN, "1.0", "", "0x10", 2n ** 63n, "9223372036854775808", true, {}]],
  [t.decimal(4, 2), [100, "99.995", -100n, "1e2", "x", "", ".", "NaN", Number.POSITIVE_INFINITY, true]],
  [t.decimal(38, 0), [10n ** 38n, `-1${"0".repeat(38)}`]],
  [t.float(), ["", "x", "1e", true, null === undefined]],
  [t.bool(), [0, 1, "t", ""]],
  [t.text(), ["a\0b", "\ud800", "x\udc00y", 300, true, {}]],
  [
    t.uuid(),
    [
      "",
      "0190a5c3-8f3b-7c3d-9a2b-1c2d3e4f5a6",
      "g190a5c3-8f3b-7c3d-9a2b-1c2d3e4f5a6b",
      1,
      new Uint8Array(15),
    ],
  ],
  [t.uuid(), ["0190a5c3-8f3b-7c3d-9a2b-1c2d3e4f5a6ı", "0190a5c3-8f3b-7c3d-9a2b-1c2d3e4f5aŁb"]],
  [
    t.timestamp(),
    [
      "2024-02-30T00:00:00Z",
      "2024-01-01",
      "2024-01-01T25:00:00Z",
      "2024-01-01T00:60:00Z",
      "now",
      0,
      new Date(Number.NaN),
      2n ** 70n,
      "+294277-01-01T00:00:00Z",
      "2024-01-01T00:00:00+16:00",
    ],
  ],
  [t.date(), ["2023-02-29", "2024-1-1", "2024-13-01", "2024-00-01", "+5874898-01-01", new Date(0), 1]],
  [t.bytes(), ["abc", "\\x0", "\\xzz", [1, 2]]],
  [
    t.json(),
    [
      Number.NaN,
      { a: Number.POSITIVE_INFINITY },
      () => 1,
      Symbol("x"),
      "\ud800",
      { "\0": 1 },
      new JsonText("{"),
    ],
  ],
  [t.array(t.int()), ["x", 1, {}, [1.5], [[1]]]],
];

describe("what a type can't hold is refused", () => {
  for (const [type, values] of REFUSED)
    it(typeName(type), () => {
      for (const value of values)
        expect(() => encodeValue(type, value), String(typeof value)).toThrow(unrepresentable);
    });
});

describe("timestamps", () => {
  const parsed = (value: unknown) => formatField(t.timestamp(), encodeValue(t.timestamp(), value));

  it("take zones, spaces, missing seconds, Dates and µs since 1970", () => {
    expect(parsed("2024-06-01T02:00+05:30")).toBe("2024-05-31T20:30:00.000000Z");
    expect(parsed("2024-06-01 02:00:01 Z")).toBe("2024-06-01T02:00:01.000000Z");
    expect(parsed("2024-06-01 02:00:01-0800")).toBe("2024-06-01T10:00:01.000000Z");
    expect(parsed("2024-06-01T24:00:00")).toBe("2024-06-02T00:00:00.000000Z");
    expect(parsed(new Date("2999-12-31T23:59:59.999Z"))).toBe("2999-12-31T23:59:59.999000Z");
    expect(parsed(new Date(-1))).toBe("1969-12-31T23:59:59.999000Z");
    expect(parsed(1n)).toBe("1970-01-01T00:00:00.000001Z");
  });

  it("round beyond the microsecond as PostgreSQL does", () => {
    expect(parsed("2000-01-01T00:00:00.1234565Z")).toBe("2000-01-01T00:00:00.123456Z");
    expect(parsed("2000-01-01T00:00:00.1234575Z")).toBe("2000-01-01T00:00:00.123458Z");
    expect(parsed("1999-12-31T23:59:59.9999999Z")).toBe("2000-01-01T00:00:00.000000Z");
  });

  it("agree with Date wherever Date can go", () => {
    fc.assert(
      fc.property(fc.date({ noInvalidDate: true, min: new Date(-200e12) }), (date) => {
        const iso = date.toISOString();
        expect(parsed(date)).toBe(iso.replace("Z", "000Z"));
        expect(parsed(iso)).toBe(parsed(date));
      }),
    );
  });
});
