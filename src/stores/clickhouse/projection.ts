import type { FieldType } from "../../encoding/types.ts";
import type { ProjectedField } from "../store.ts";
import { type ColumnType, decimalOf, secondDigits } from "./column-type.ts";
import { UNFIT_VALUE } from "./errors.ts";
import { escaped, ident, int32, text } from "./sql.ts";

/** A projected field beside the column that holds it. */
export interface Column {
  readonly field: ProjectedField;
  readonly type: ColumnType;
  /** DEFAULT, MATERIALIZED, ALIAS, or "". */
  readonly defaultKind: string;
}

const NULL_FIELD = int32(-1);
/** µs from 1970 to 2000, days likewise. */
export const EPOCH_US = 946_684_800_000_000n;
export const EPOCH_DAYS = 10_957;
const INT64_MAX = "toInt64(9223372036854775807)";
const INT64_MIN = "toInt64(-9223372036854775808)";

/** Bytes of a field that is not NULL, as an expression of String; `size` when all values have the same. */
interface Bytes {
  readonly expression: string;
  readonly size: number | null;
}

/** The tuple of a row (src/encoding/README.md) as one expression of String. */
export function tupleExpression(columns: readonly Column[]): string {
  const count = Buffer.alloc(2);
  count.writeInt16BE(columns.length);
  return concat([
    count,
    ...columns.flatMap((column) => fieldParts(column.field.type, column.type, reference(column))),
  ]);
}

/** A column's value, LowCardinality taken off. */
export function reference({ field, type }: Column): string {
  const name = ident(field.column);
  if (!type.lowCardinality) return name;
  return `CAST(${name}, ${text(type.nullable ? `Nullable(${type.spelling})` : type.spelling)})`;
}

type Part = Buffer | string;

/** Length and bytes of a field. */
function fieldParts(type: FieldType, column: ColumnType, value: string): Part[] {
  if (!column.nullable) return sizedParts(bytesOf(type, column, value));
  const present = sizedParts(bytesOf(type, column, `assumeNotNull(${value})`));
  return [`if(isNull(${value}), ${escaped(NULL_FIELD)}, ${concat(present)})`];
}

function sizedParts({ expression, size }: Bytes): Part[] {
  return size === null ? [sizeOf(expression), expression] : [int32(size), expression];
}

function sizeOf(expression: string): string {
  return `reinterpretAsFixedString(byteSwap(toUInt32(length(${expression}))))`;
}

/** Adjacent constants become one literal. */
function concat(parts: readonly Part[]): string {
  const merged: Part[] = [];
  for (const part of parts) {
    const last = merged.at(-1);
    if (typeof part !== "string" && last !== undefined && typeof last !== "string") {
      merged[merged.length - 1] = Buffer.concat([last, part]);
    } else merged.push(part);
  }
  return `concat(${merged.map((part) => (typeof part === "string" ? part : escaped(part))).join(", ")})`;
}

function bytesOf(type: FieldType, column: ColumnType, value: string): Bytes {
  switch (type.kind) {
    case "text":
    case "bytes":
    case "json":
      return { expression: comparable(type, column, value), size: null };
    case "uuid":
      return { expression: comparable(type, column, value), size: 16 };
    case "bool":
      return { expression: `if(${value}, '\\x01', '\\x00')`, size: 1 };
    case "float": {
      const bits = `reinterpretAsUInt64(toFloat64(${value}) + toFloat64(0))`;
      return { expression: bigEndian(`if(isNaN(${value}), 0x7ff8000000000000, ${bits})`), size: 8 };
    }
    case "date":
      return { expression: bigEndian(`toInt32(${comparable(type, column, value)})`), size: 4 };
    case "int":
    case "decimal":
    case "timestamp": {
      const wide = type.kind === "decimal" && type.precision > 18;
      const integer = `${wide ? "toInt128" : "toInt64"}(${comparable(type, column, value)})`;
      return { expression: bigEndian(integer), size: wide ? 16 : 8 };
    }
    case "array":
      return arrayBytes(type.of, column, value);
  }
}

function bigEndian(integer: string): string {
  return `reinterpretAsFixedString(byteSwap(${integer}))`;
}

function arrayBytes(of: FieldType, column: ColumnType, value: string): Bytes {
  if (column.element === null) return { expression: "''", size: null };
  const variable = `e${value.length}`;
  const element = concat(fieldParts(of, column.element, variable));
  const elements = `arrayStringConcat(arrayMap(${variable} -> ${element}, ${value}))`;
  return { expression: concat([sizeOf(value), elements]), size: null };
}

/**
 * A value that is not NULL in a form whose order is the declared one: a number for numbers, times and bool, bytes for
 * text, bytes and uuid. Floats stay as they are (no order), json and arrays are their bytes.
 */
export function comparable(type: FieldType, column: ColumnType, value: string): string {
  switch (type.kind) {
    case "int":
      return column.base === "UInt64"
        ? checked(`toInt64(${value})`, `${value} > 9223372036854775807`, "a UInt64 above the range of int")
        : value;
    case "decimal":
      return decimal(type.precision, type.scale, column, value);
    case "float":
      return `toFloat64(${value})`;
    case "bool":
      return `toUInt8(${value} != 0)`;
    case "text":
      return column.base === "String" ? value : `CAST(${value}, 'String')`;
    case "bytes":
      return column.base === "FixedString" ? `concat(${value}, '')` : value;
    case "json":
      return value;
    case "uuid":
      return `UUIDToNum(${value})`;
    case "timestamp":
      return timestamp(column, value);
    case "date":
      return date(column, value);
    case "array":
      return bytesOf(type, column, value).expression;
  }
}

/** `integer`, or an error when `fault` holds for a row. */
function checked(integer: string, fault: string, message: string): string {
  return `(${integer} + throwIf(${fault}, ${text(UNFIT_VALUE + message)}))`;
}

/** Value × 10^scale, rounded half away from zero as PostgreSQL's cast does. */
function decimal(precision: number, scale: number, column: ColumnType, value: string): string {
  const held = decimalOf(column);
  const bits = held.precision <= 9 ? 32 : held.precision <= 18 ? 64 : held.precision <= 38 ? 128 : 256;
  const raw = `reinterpret(${value}, 'Int${bits}')`;
  const shift = scale - held.scale;
  const digits = held.precision + Math.max(shift, 0) + (shift < 0 ? 1 : 0);
  const int = digits <= 18 ? "toInt64" : "toInt256";
  const power = `${int}('1${"0".repeat(Math.abs(shift))}')`;
  let scaled = `${int}(${raw})`;
  if (shift > 0) scaled = `(${scaled} * ${power})`;
  if (shift < 0) {
    const half = `${int}('5${"0".repeat(-shift - 1)}')`;
    scaled = `${int}(intDiv(${scaled} + if(${raw} < 0, -${half}, ${half}), ${power}))`;
  }
  if (held.precision + shift <= precision) return `${precision > 18 ? "toInt128" : "toInt64"}(${scaled})`;
  const limit = `${int}('1${"0".repeat(precision)}')`;
  const fault = `(${scaled} >= ${limit}) OR (${scaled} <= -${limit})`;
  const whole = checked(
    scaled,
    fault,
    `a ${column.spelling} has more digits than decimal(${precision},${scale})`,
  );
  return `${precision > 18 ? "toInt128" : "toInt64"}(${whole})`;
}

/** µs since 2000; the extremes of Int64 stand for ±infinity and stay. */
function timestamp(column: ColumnType, value: string): string {
  const epoch = `toInt64(${EPOCH_US})`;
  if (column.base === "DateTime") return `(toInt64(toUnixTimestamp(${value})) * 1000000 - ${epoch})`;
  const digits = secondDigits(column);
  const ticks = `reinterpretAsInt64(${value})`;
  const infinite = `${ticks} IN (${INT64_MIN}, ${INT64_MAX})`;
  const factor = `toInt64(${10 ** Math.abs(6 - digits)})`;
  const message = `a ${column.spelling} outside the range of timestamp`;
  if (digits > 6) {
    const rounded = `(${ticks} + intDiv(${factor}, 2))`;
    const us = `intDiv(${rounded} - positiveModulo(${rounded}, ${factor}), ${factor})`;
    return `if(${infinite}, ${ticks}, toInt64(${us} - ${epoch}))`;
  }
  const lowest = (-(2n ** 63n) + EPOCH_US) / 10n ** BigInt(6 - digits);
  const highest = (2n ** 63n - 1n) / 10n ** BigInt(6 - digits);
  const outside = `(${ticks} < ${lowest} OR ${ticks} > ${highest}) AND NOT (${infinite})`;
  const us = digits === 6 ? ticks : `(${ticks} * ${factor})`;
  return `if(${infinite}, ${ticks}, ${checked(`(${us} - ${epoch})`, outside, message)})`;
}

/** Days since 2000; the extremes of Int32 stand for ±infinity and stay. */
function date(column: ColumnType, value: string): string {
  if (column.base === "Date") return `(toInt32(toUInt16(${value})) - ${EPOCH_DAYS})`;
  const days = `toInt32(${value})`;
  return `if(${days} IN (-2147483648, 2147483647), ${days}, toInt32(${days} - ${EPOCH_DAYS}))`;
}
