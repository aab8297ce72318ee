import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatDecimal } from "../../../src/encoding/decimal.ts";
import { encodeTuple, tupleFields } from "../../../src/encoding/tuple.ts";
import { type FieldType, t } from "../../../src/encoding/types.ts";
import { encodeValue } from "../../../src/encoding/value.ts";
import type { BoundField } from "../../../src/stores/postgres/projection.ts";
import type { BaseType } from "../../../src/stores/postgres/table.ts";
import { Transcoder } from "../../../src/stores/postgres/transcode.ts";

const base = (name: string, modifier = -1): BaseType => ({ name, isEnum: false, modifier });

function bound(
  name: string,
  type: FieldType,
  column: BaseType,
  element: (BaseType & { oid: number }) | null = null,
): BoundField {
  return {
    field: { name, column: name, type },
    column: {
      name,
      number: 1,
      shown: "",
      type: column,
      element,
      notNull: false,
      generated: false,
      identityAlways: false,
      deterministic: true,
      bytewise: true,
      collationOid: 0,
    },
    sql: name,
    cast: { value: name, bytes: name, width: null, sqlType: "", comparable: name },
    ordered: name,
    nullable: true,
  };
}

/** One value through one column; the reason when it is refused. */
function through(type: FieldType, column: BaseType, value: unknown): Buffer | string | null {
  const field = bound("c", type, column);
  const bytes = encodeTuple([encodeValue(type, value)]);
  const result = new Transcoder([field], new Set([field])).batch({ rows: 1, bytes });
  if (result.refusals[0] !== undefined) return result.refusals[0].reason;
  const [out = null] = tupleFields(result.bytes);
  return out === null ? null : Buffer.from(out);
}

/** What numeric_send would show: the reverse of numeric_recv. */
function decodeNumeric(bytes: Buffer): string {
  const [count, weight, sign, scale] = [0, 2, 4, 6].map((at) => bytes.readInt16BE(at)) as [
    number,
    number,
    number,
    number,
  ];
  let value = 0n;
  for (let index = 0; index < count; index++)
    value = value * 10_000n + BigInt(bytes.readInt16BE(8 + 2 * index));
  const places = (count - 1 - weight) * 4;
  const scaled =
    places >= scale ? value / 10n ** BigInt(places - scale) : value * 10n ** BigInt(scale - places);
  return formatDecimal(sign === 0x4000 ? -scaled : scaled, scale);
}

describe("binary forms of PostgreSQL", () => {
  it("numeric holds any decimal exactly, without zeros at its ends", () => {
    const decimal = fc.integer({ min: 1, max: 38 }).chain((precision) =>
      fc.record({
        precision: fc.constant(precision),
        scale: fc.integer({ min: 0, max: precision }),
        digits: fc.bigInt({ min: 0n, max: 10n ** BigInt(precision) - 1n }),
        isNegative: fc.boolean(),
      }),
    );
    fc.assert(
      fc.property(decimal, ({ precision, scale, digits, isNegative }) => {
        const text = formatDecimal(isNegative ? -digits : digits, scale);
        const bytes = through(t.decimal(precision, scale), base("numeric"), text);
        if (!Buffer.isBuffer(bytes)) throw new Error(String(bytes));
        expect(decodeNumeric(bytes)).toBe(text);
        const count = bytes.readInt16BE(0);
        expect(bytes.length).toBe(8 + 2 * count);
        if (count > 0) expect([bytes.readInt16BE(8), bytes.readInt16BE(6 + 2 * count)]).not.toContain(0);
      }),
      { numRuns: 2_000 },
    );
  });

  it("integers in their own width, or refused", () => {
    const widths = [
      ["int2", 16],
      ["int4", 32],
    ] as const;
    fc.assert(
      fc.property(
        fc.constantFrom(...widths),
        fc.oneof(
          fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }),
          fc.bigInt({ min: -70_000n, max: 70_000n }),
        ),
        ([name, bits], value) => {
          const out = through(t.int(), base(name), value);
          const fits = BigInt.asIntN(bits, value) === value;
          expect(Buffer.isBuffer(out)).toBe(fits);
          if (Buffer.isBuffer(out)) expect(BigInt(out.readIntBE(0, bits / 8))).toBe(value);
          else expect(out).toContain(String(value));
        },
      ),
    );
  });

  it.each<readonly [string, FieldType, BaseType, unknown, string | RegExp | null]>([
    ["oid", t.int(), base("oid"), 4_294_967_295, "ffffffff"],
    ["oid", t.int(), base("oid"), -1, /out of range/],
    ["decimal as int4", t.decimal(10, 2), base("int4"), "-7.00", "fffffff9"],
    ["decimal as int4", t.decimal(10, 2), base("int4"), "7.01", /7\.01 is no integer/],
    ["decimal as int8", t.decimal(38, 10), base("int8"), "9223372036854775807", "7fffffffffffffff"],
    ["decimal as int8", t.decimal(38, 10), base("int8"), "9223372036854775808", /no bigint/],
    ["float4", t.float(), base("float4"), 0.5, "3f000000"],
    ["float4", t.float(), base("float4"), Number.NaN, "7fc00000"],
    ["float4", t.float(), base("float4"), Number.POSITIVE_INFINITY, "7f800000"],
    ["float4", t.float(), base("float4"), 0.1, /rounded/],
    ["float4", t.float(), base("float4"), 1e300, /rounded/],
    ["float as int4", t.float(), base("int4"), -3, "fffffffd"],
    ["float as int4", t.float(), base("int4"), 0.5, /no integer/],
    ["jsonb", t.json(), base("jsonb"), [1], "015b315d"],
    ["json", t.json(), base("json"), [1], "5b315d"],
    ["numeric(10,2)", t.decimal(18, 4), base("numeric", ((10 << 16) | 2) + 4), "1.255", /rounded/],
    ["varchar(3)", t.text(), base("varchar", 7), "ab ", "616220"],
    ["varchar(3)", t.text(), base("varchar", 7), "äöü ", /trailing spaces/],
    ["char", t.text(), base("bpchar", 8), "a ", /trailing spaces/],
    ["NULL", t.int(), base("int2"), null, null],
  ])("%s", (_label, type, column, value, expected) => {
    const out = through(type, column, value);
    if (expected instanceof RegExp) expect(out).toMatch(expected);
    else expect(Buffer.isBuffer(out) ? out.toString("hex") : out).toBe(expected);
  });

  it("arrays: one dimension, NULLs flagged, elements converted; an empty one has none", () => {
    const array = (values: readonly unknown[], name: string) => {
      const field = bound("c", t.array(t.int()), base(`_${name}`), { ...base(name), oid: 21 });
      const bytes = encodeTuple([encodeValue(t.array(t.int()), values)]);
      const result = new Transcoder([field], new Set([field])).batch({ rows: 1, bytes });
      return result.refusals[0]?.reason ?? Buffer.from(tupleFields(result.bytes)[0] ?? []).toString("hex");
    };
    const head = (flags: number, size: number) =>
      `00000001${`0000000${flags}`}000000150000000${size}00000001`;
    expect(array([], "int2")).toBe("000000000000000000000015");
    expect(array([1, null], "int2")).toBe(`${head(1, 2)}000000020001ffffffff`);
    expect(array([1, 2], "int8")).toBe(`${head(0, 2)}0000000800000000000000010000000800000000000000${"02"}`);
    expect(array([null], "int8")).toBe(`${head(1, 1)}ffffffff`);
    expect(array([1, 70_000], "int2")).toMatch(/column c: 70000 is out of range/);
  });

  it("refused rows and columns that are not written are left out, all else stays", () => {
    const fields = [
      bound("a", t.text(), base("text")),
      bound("b", t.int(), base("int2")),
      bound("c", t.text(), base("text")),
    ];
    const written = new Set([fields[1], fields[2]].filter((field) => field !== undefined));
    const tuple = (a: string, b: number | null, c: string | null) =>
      encodeTuple([encodeValue(t.text(), a), encodeValue(t.int(), b), encodeValue(t.text(), c)]);
    const rows = [tuple("x", 1, "one"), tuple("y", 99_999, "two"), tuple("z", null, null)];
    const result = new Transcoder(fields, written).batch({ rows: 3, bytes: Buffer.concat(rows) });
    expect(result.refusals.map(({ row }) => row)).toEqual([1]);
    const expected = [encodeTuple([Buffer.from([0, 1]), Buffer.from("one")]), encodeTuple([null, null])];
    expect(Buffer.from(result.bytes)).toEqual(Buffer.concat(expected));
    expect(result.rows).toBe(2);
  });

  it("where nothing changes the batch is passed on as it is", () => {
    const fields = [bound("a", t.text(), base("text")), bound("u", t.uuid(), base("uuid"))];
    const batch = { rows: 1, bytes: encodeTuple([Buffer.from("x"), null]) };
    expect(new Transcoder(fields, new Set(fields)).batch(batch).bytes).toBe(batch.bytes);
  });
});
