/** The encoding by example: every row of the table in src/encoding/README.md with its edge values, written by hand. */
import { t } from "../../src/encoding/types.ts";
import {
  array,
  BOOL,
  BYTES,
  bool,
  bytes,
  DATE,
  date,
  decimal,
  FLOAT,
  float,
  HUGE,
  INT,
  int,
  JSON_TYPE,
  json,
  MONEY,
  nullOf,
  TEXT,
  TIMESTAMP,
  text,
  timestamp,
  UUID,
  uuid,
  type Vector,
  WIDE,
} from "./vector.ts";

const ints: readonly Vector[] = [
  int("zero", "0", "0000000000000000", { value: 0 }),
  int("one", "1", "0000000000000001", { value: 1 }),
  int("minus one", "-1", "ffffffffffffffff", { value: -1 }),
  int("above 2^32", "4294967297", "0000000100000001", { value: 4_294_967_297 }),
  int("below -2^32", "-4294967297", "fffffffeffffffff", { value: -4_294_967_297 }),
  int("2^53 + 1", "9007199254740993", "0020000000000001", { value: 9_007_199_254_740_993n }),
  int("the largest", "9223372036854775807", "7fffffffffffffff"),
  int("the smallest", "-9223372036854775808", "8000000000000000"),
  nullOf(INT, "int8"),
];

const NINES = "9".repeat(38);
const decimals: readonly Vector[] = [
  decimal(MONEY, "zero", "0", "0000000000000000", { value: -0, text: "0.0000" }),
  decimal(MONEY, "one and a half", "1.5", "0000000000003a98", { value: 1.5, text: "1.5000" }),
  decimal(MONEY, "negative", "-1.5", "ffffffffffffc568", { text: "-1.5000" }),
  decimal(MONEY, "the smallest step", "0.0001", "0000000000000001", { value: 0.0001 }),
  decimal(MONEY, "the smallest step below", "-0.0001", "ffffffffffffffff"),
  decimal(MONEY, "rounded up", "0.00005", "0000000000000001", { text: "0.0001", clickhouse: undefined }),
  decimal(MONEY, "rounded down", "-0.00005", "ffffffffffffffff", { text: "-0.0001", clickhouse: undefined }),
  decimal(MONEY, "18 digits", "99999999999999.9999", "0de0b6b3a763ffff"),
  decimal(MONEY, "18 digits below zero", "-99999999999999.9999", "f21f494c589c0001"),
  decimal(MONEY, "14 digits", "1234567890.1234", "00000b3a73ce2ff2", { value: 1234567890.1234 }),
  nullOf(MONEY, "numeric(18,4)"),
  decimal(WIDE, "zero", "0", "00".repeat(16), { value: 0n, text: "0.0000000000" }),
  decimal(WIDE, "one and a half", "1.5", "0000000000000000000000037e11d600", { text: "1.5000000000" }),
  decimal(WIDE, "the smallest step below", "-0.0000000001", "ff".repeat(16)),
  decimal(WIDE, "30 digits", "12345678901234567890.1234567890", "000000018ee90ff6c373e0ee4e3f0ad2"),
  decimal(HUGE, "2^63", "9223372036854775808", `${"00".repeat(8)}8000000000000000`),
  decimal(HUGE, "-2^63", "-9223372036854775808", `${"ff".repeat(8)}8000000000000000`),
  decimal(HUGE, "2^64 - 1", "18446744073709551615", `${"00".repeat(8)}${"ff".repeat(8)}`),
  decimal(HUGE, "-2^64", "-18446744073709551616", `${"ff".repeat(8)}${"00".repeat(8)}`),
  decimal(HUGE, "38 digits", NINES, "4b3b4ca85a86c47a098a223fffffffff"),
  decimal(HUGE, "38 digits below zero", `-${NINES}`, "b4c4b357a5793b85f675ddc000000001"),
  nullOf(HUGE, "numeric(38,0)"),
];

const floats: readonly Vector[] = [
  float("zero", "0", "0000000000000000"),
  float("minus zero", "-0", "0000000000000000", { value: -0, text: "0" }),
  float("a tenth", "0.1", "3fb999999999999a", { value: 0.1 }),
  float("0.3", "0.3", "3fd3333333333333"),
  float("0.1 + 0.2", "0.30000000000000004", "3fd3333333333334", { value: 0.1 + 0.2 }),
  float("a widened 32-bit float", "0.10000000149011612", "3fb99999a0000000", {
    postgres: "'0.1'::float4",
    clickhouse: "toFloat32('0.1')",
  }),
  float("the largest", "1.7976931348623157e+308", "7fefffffffffffff"),
  float("the smallest", "5e-324", "0000000000000001"),
  float("infinity", "Infinity", "7ff0000000000000"),
  float("minus infinity", "-Infinity", "fff0000000000000"),
  float("not a number", "NaN", "7ff8000000000000", { value: Number.NaN }),
  float("not a number, sign set", "NaN", "7ff8000000000000", {
    postgres: "-('NaN'::float8)",
    clickhouse: "-toFloat64('nan')",
  }),
  nullOf(FLOAT, "float8"),
];

const texts: readonly Vector[] = [
  text("empty", ""),
  text("ASCII", "The quick brown fox"),
  text("a trailing space", "x "),
  text("no trailing space", "x"),
  text("the word NULL", "NULL"),
  text("quotes and backslashes", `it's "a" \\N \\\\ b`),
  text("separators", "a|b\tc\nd\re"),
  text("accents, composed", "Zo\u00eb \u00e9"),
  text("accents, combining", "Zoe\u0308 e\u0301"),
  text("beyond the first plane", "😀𝒳"),
  text("the last code point", "\u{10ffff}"),
  text("a byte order mark", "\ufeffx"),
  text("control characters", "\u0001\u001f\u007f\u0080"),
  text("long", "ä".repeat(10_000)),
  nullOf(TEXT, "text"),
];

const uuids: readonly Vector[] = [
  uuid("nil", "00000000-0000-0000-0000-000000000000"),
  uuid("max", "ffffffff-ffff-ffff-ffff-ffffffffffff"),
  uuid("time-ordered", "0190a5c3-8f3b-7c3d-9a2b-1c2d3e4f5a6b"),
  uuid("low first half, high second half", "00000000-0000-0001-ffff-ffffffffffff"),
  uuid("high first half, low second half", "ffffffff-ffff-fffe-0000-000000000001"),
  nullOf(UUID, "uuid"),
];

const BEYOND = { clickhouse: undefined };
const timestamps: readonly Vector[] = [
  timestamp("the epoch", "2000-01-01T00:00:00.000000Z", "0000000000000000"),
  timestamp("a microsecond later", "2000-01-01T00:00:00.000001Z", "0000000000000001"),
  timestamp("a microsecond before", "1999-12-31T23:59:59.999999Z", "ffffffffffffffff"),
  timestamp("Unix time 0", "1970-01-01T00:00:00.000000Z", "fffca2fec4c82000", { value: new Date(0) }),
  timestamp("before Unix time 0", "1969-12-31T23:59:59.999999Z", "fffca2fec4c81fff", { value: -1n }),
  timestamp("a leap day", "2024-02-29T12:34:56.789012Z", "0002b58341728614", {
    value: 1_709_210_096_789_012n,
  }),
  timestamp("in an hour that DST skips", "2024-03-31T01:30:00.000000Z", "0002b7e9947e7600"),
  timestamp("beyond 31 bits of seconds", "2038-01-19T03:14:08.000000Z", "0004441ec4c82000"),
  timestamp("beyond 32 bits of seconds", "2106-02-07T06:28:16.000000Z", "000be53ec4c82000"),
  timestamp("the first of 1900", "1900-01-01T00:00:00.000000Z", "fff4c9ee7c0b8000"),
  timestamp("the last of 2299", "2299-12-31T23:59:59.999999Z", "0021a248a9b4dfff"),
  timestamp("year 1", "0001-01-01T00:00:00.000000Z", "ff1fe2ffc59c6000", BEYOND),
  timestamp("year 9999", "9999-12-31T23:59:59.999999Z", "0380e70b913b7fff", BEYOND),
  timestamp("the last of all", "+294276-12-31T23:59:59.999999Z", "7fffff5bb3b29fff", {
    postgres: "'294276-12-31 23:59:59.999999Z'::timestamptz",
    clickhouse: undefined,
  }),
  timestamp("the first of all", "-004713-11-24T00:00:00.000000Z", "fd0f7cc1411fa000", {
    postgres: "'4714-11-24 00:00:00Z BC'::timestamptz",
    clickhouse: undefined,
  }),
  timestamp("infinity", "infinity", "7fffffffffffffff", BEYOND),
  timestamp("minus infinity", "-infinity", "8000000000000000", BEYOND),
  timestamp("with a zone", "2024-06-01 02:00:00.5+05:30", "0002bcc49dcd2320", {
    text: "2024-05-31T20:30:00.500000Z",
    clickhouse: "toDateTime64('2024-05-31 20:30:00.5', 6, 'UTC')",
  }),
  nullOf(TIMESTAMP, "timestamptz"),
];

const dates: readonly Vector[] = [
  date("the epoch", "2000-01-01", "00000000"),
  date("the day before", "1999-12-31", "ffffffff"),
  date("Unix time 0", "1970-01-01", "ffffd533"),
  date("a leap day", "2024-02-29", "00002279"),
  date("no leap day", "2100-03-01", "00008ee8"),
  date("the first of 1900", "1900-01-01", "ffff7154"),
  date("the last of 2299", "2299-12-31", "0001ac04"),
  date("year 1", "0001-01-01", "fff4dbf9", BEYOND),
  date("the last of all", "+5874897-12-31", "7fda970c", {
    postgres: "'5874897-12-31'::date",
    clickhouse: undefined,
  }),
  date("the first of all", "-004713-11-24", "ffda97a7", {
    postgres: "'4714-11-24 BC'::date",
    clickhouse: undefined,
  }),
  date("infinity", "infinity", "7fffffff", BEYOND),
  date("minus infinity", "-infinity", "80000000", BEYOND),
  nullOf(DATE, "date"),
];

const byteStrings: readonly Vector[] = [
  bytes("empty", ""),
  bytes("one zero", "00"),
  bytes("trailing zeros", "01000000"),
  bytes("no UTF-8", "ff80c3"),
  bytes("every byte", Buffer.from(Uint8Array.from({ length: 256 }, (_, byte) => byte)).toString("hex")),
  nullOf(BYTES, "bytea"),
];

const jsons: readonly Vector[] = [
  json("null, which is not NULL", "null"),
  json("true", " true ", "true"),
  json("an empty object", "{}"),
  json("an empty array", "[ ]", "[]"),
  json("an empty string", '""'),
  json(
    "keys by length, then bytes",
    '{"b":1,"aa":2,"a":3,"B":4,"é":5}',
    '{"B": 4, "a": 3, "b": 1, "aa": 2, "é": 5}',
  ),
  json("the last of duplicate keys", '{"a":1,"b":0,"a":{"c":2}}', '{"a": {"c": 2}, "b": 0}'),
  json(
    "keys of prototypes",
    '{"__proto__":1,"constructor":2,"toString":3}',
    '{"toString": 3, "__proto__": 1, "constructor": 2}',
  ),
  json("keys like indices", '{"10":1,"9":2,"1":3}', '{"1": 3, "9": 2, "10": 1}'),
  json("nested", '{"a":[1,{"b":[[],{}]}]}', '{"a": [1, {"b": [[], {}]}]}'),
  json(
    "escapes",
    '"\\"\\\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\\u007f\\u00e9\\ud83d\\ude00"',
    '"\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\u007fé😀"',
  ),
  json("line separators", '"\\u2028\\u2029"', '"\u2028\u2029"'),
  json("minus zero", "[-0,-0.0,-0e5]", "[0, 0.0, 0]"),
  json("trailing zeros stay", "[1.50,1.5,1.0]", "[1.50, 1.5, 1.0]"),
  json("exponents", "[1e2,1E-3,1.50e1,100e-2,-12.5E-3,0e-3]", "[100, 0.001, 15.0, 1.00, -0.0125, 0.000]"),
  json("beyond a double", "[12345678901234567890.12345678901234567890, 9007199254740993]"),
  json("beyond a double's range", "1e400", `1${"0".repeat(400)}`),
  nullOf(JSON_TYPE, "jsonb"),
];

const arrays: readonly Vector[] = [
  array(TEXT, "empty", [], "00000000", { postgres: "'{}'::text[]", clickhouse: "[]" }),
  array(TEXT, "one empty text", [""], "0000000100000000", { postgres: "array['']", clickhouse: "['']" }),
  array(TEXT, "one NULL", [null], "00000001ffffffff", {
    postgres: "array[NULL]::text[]",
    clickhouse: "[NULL]",
  }),
  array(TEXT, "texts like separators", ["a,b", "é"], "0000000200000003612c6200000002c3a9", {
    text: '["a,b", "é"]',
    postgres: "array['a,b','é']",
    clickhouse: "['a,b','é']",
  }),
  array(INT, "ints", [1, -1, null], "00000003000000080000000000000001" + "00000008ffffffffffffffffffffffff", {
    text: "[1, -1, null]",
    postgres: "array[1,-1,NULL]::int8[]",
    clickhouse: "[1,-1,NULL]",
  }),
  array(MONEY, "decimals", ["1.5"], "00000001000000080000000000003a98", {
    text: "[1.5000]",
    postgres: "array['1.5']::numeric(18,4)[]",
    clickhouse: "[toDecimal64('1.5', 4)]",
  }),
  array(TIMESTAMP, "timestamps", ["2000-01-01T00:00:00.000001Z"], "00000001000000080000000000000001", {
    postgres: "array['2000-01-01T00:00:00.000001Z']::timestamptz[]",
    clickhouse: "[toDateTime64('2000-01-01 00:00:00.000001', 6, 'UTC')]",
  }),
  nullOf(t.array(TEXT), "text[]", { clickhouse: undefined }),
];

export const VECTORS: readonly Vector[] = [
  ...ints,
  ...decimals,
  ...floats,
  bool(true, "01"),
  bool(false, "00"),
  nullOf(BOOL, "bool"),
  ...texts,
  ...uuids,
  ...timestamps,
  ...dates,
  ...byteStrings,
  ...jsons,
  ...arrays,
];
