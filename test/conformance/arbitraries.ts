/** Random values of declared types, the edges of each among them. */
import fc from "fast-check";
import { INT64_MAX, INT64_MIN, TIMESTAMP_MAX_US, TIMESTAMP_MIN_US } from "../../src/encoding/civil.ts";
import { formatDecimal } from "../../src/encoding/decimal.ts";
import type { FieldType } from "../../src/encoding/types.ts";
import { JsonText } from "../../src/encoding/value.ts";

const EPOCH_2000_US = 946_684_800_000_000n;
/** Letters that collations, case and normal forms disagree on, and pieces that share prefixes. */
const TEXT_UNITS = [
  "a",
  "A",
  "b",
  "B",
  "aa",
  "ab",
  "é",
  "e\u0301",
  "E",
  "ß",
  "z",
  "Z",
  "0",
  "10",
  "9",
  " ",
  "-",
  "_",
  "😀",
  "\uffff",
  "\u0001",
  "'",
  "\\",
  "\n",
  "ı",
  "İ",
  "ж",
];

const text = fc.oneof(
  fc.string({ unit: fc.constantFrom(...TEXT_UNITS), maxLength: 8 }),
  fc.string({ unit: "binary", maxLength: 12 }).filter((value) => !value.includes("\0")),
);

const number = fc.oneof(
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc
    .tuple(
      fc.constantFrom("", "-"),
      fc.bigInt(0n, 10n ** 24n),
      fc.stringMatching(/^(\.\d{1,9})?([eE][+-]?\d{1,2})?$/),
    )
    .map(([sign, integer, rest]) => `${sign}${integer}${rest}`),
  fc.constantFrom("-0", "-0.0", "0e5", "0e-7", "1.50", "100e-2", "1E+2"),
);

const escapedString = text.map((value) =>
  JSON.stringify(value).replaceAll("a", "\\u0061").replaceAll("/", "\\/").replaceAll("é", "\\u00E9"),
);

/** JSON as anybody may write it: duplicate keys, odd numbers, needless escapes, white space. */
export const jsonSource: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom("null", "true", "false", "{}", "[]", " [ ] "),
    number,
    text.map((value) => JSON.stringify(value)),
    escapedString,
    fc.array(tie("value"), { maxLength: 4 }).map((items) => `[${items.join(" , ")}]`),
    fc
      .array(fc.tuple(fc.oneof(text, fc.constantFrom("a", "b", "__proto__", "1", "10")), tie("value")), {
        maxLength: 5,
      })
      .map((members) => `{${members.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(",\t")}}`),
  ),
})).value;

function decimalText(precision: number, scale: number): fc.Arbitrary<string> {
  const limit = 10n ** BigInt(precision) - 1n;
  const small = 10n ** BigInt(Math.min(precision, scale + 2)) - 1n;
  return fc
    .oneof(fc.bigInt(-limit, limit), fc.bigInt(-small, small), fc.constantFrom(0n, limit, -limit))
    .map((unscaled) => formatDecimal(unscaled, scale));
}

/** PostgreSQL's whole range, the years around now, and both infinities. */
const timestamp = fc.oneof(
  fc.bigInt(TIMESTAMP_MIN_US, TIMESTAMP_MAX_US).map((us) => us + EPOCH_2000_US),
  fc.bigInt(-2_000_000_000_000_000n, 4_000_000_000_000_000n),
  fc.bigInt(-5n, 5n),
  fc.constantFrom("infinity", "-infinity"),
);

const date = fc.oneof(
  fc
    .date({
      min: new Date("1900-01-01T00:00:00Z"),
      max: new Date("2299-12-31T00:00:00Z"),
      noInvalidDate: true,
    })
    .map((day) => day.toISOString().slice(0, 10)),
  fc.constantFrom("0001-01-01", "9999-12-31", "infinity", "-infinity", "1999-12-31", "2000-01-01"),
);

/** Values of `type` as `encodeValue` takes them; never null. */
export function anyValueOf(type: FieldType): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case "int":
      return fc.oneof(
        fc.bigInt(INT64_MIN, INT64_MAX),
        fc.bigInt(-300n, 300n),
        fc.constantFrom(INT64_MIN, INT64_MAX),
      );
    case "decimal":
      return decimalText(type.precision, type.scale);
    case "float":
      return fc.oneof(fc.double(), fc.float(), fc.constantFrom(0, -0, Number.NaN, 0.1 + 0.2, 0.3));
    case "bool":
      return fc.boolean();
    case "text":
      return text;
    case "uuid":
      return fc.oneof(
        fc.uuid(),
        fc
          .tuple(fc.nat({ max: 3 }), fc.nat({ max: 3 }))
          .map(([a, b]) => `${a}0000000-0000-0000-${b}000-000000000000`),
      );
    case "timestamp":
      return timestamp;
    case "date":
      return date;
    case "bytes":
      return fc.oneof(
        fc.uint8Array({ maxLength: 12 }),
        fc.array(fc.constantFrom(0, 1, 255), { maxLength: 4 }).map((bytes) => Uint8Array.from(bytes)),
      );
    case "json":
      return jsonSource.map((source) => new JsonText(source));
    case "array":
      return fc.array(fc.option(anyValueOf(type.of), { freq: 5 }), { maxLength: 4 });
  }
}
