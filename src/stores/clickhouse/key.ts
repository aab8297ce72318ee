import { sortableKey } from "../../encoding/order.ts";
import type { FieldType } from "../../encoding/types.ts";
import type { Key, KeyRange } from "../store.ts";
import { decimalOf, secondDigits } from "./column-type.ts";
import { isExact } from "./fit.ts";
import { literal } from "./predicate.ts";
import { type Column, comparable, EPOCH_DAYS, EPOCH_US, reference } from "./projection.ts";
import { asBuffer, hex, ident } from "./sql.ts";

/** How a table's key is compared inside ClickHouse: one expression whose order is the declared one. */
export interface KeyForm {
  /** `number`: Int64. `bytes`: String or FixedString, the field itself. `sortable`: String, src/encoding/order.ts. */
  readonly kind: "number" | "bytes" | "sortable";
  readonly expression: string;
  readonly types: readonly FieldType[];
  readonly columns: readonly Column[];
}

/** @param columns the key's, in order */
export function keyForm(columns: readonly Column[]): KeyForm {
  const types = columns.map(({ field }) => field.type);
  const [only] = columns;
  const [type] = types;
  if (only !== undefined && type !== undefined && columns.length === 1 && !only.type.nullable) {
    const value = comparable(type, only.type, reference(only));
    if (isInt64(type)) return { kind: "number", expression: `toInt64(${value})`, types, columns };
    if (type.kind !== "decimal") return { kind: "bytes", expression: value, types, columns };
  }
  return { kind: "sortable", expression: keySortable(columns), types, columns };
}

/** `sortableKey` (src/encoding/order.ts) as an expression of String. */
export function keySortable(columns: readonly Column[]): string {
  return `concat(${columns.map(sortableField).join(", ")}, '')`;
}

function isInt64(type: FieldType): boolean {
  if (type.kind === "decimal") return type.precision <= 18;
  return type.kind === "int" || type.kind === "timestamp" || type.kind === "date" || type.kind === "bool";
}

function sortableField(column: Column): string {
  const value = reference(column);
  if (!column.type.nullable) return `'\\x01', ${sortableBytes(column, value)}`;
  return `if(isNull(${value}), '\\x02', concat('\\x01', ${sortableBytes(column, `assumeNotNull(${value})`)}))`;
}

function sortableBytes({ field: { type }, type: held }: Column, value: string): string {
  const form = comparable(type, held, value);
  const flipped = (int: string, lowest: string) =>
    `reinterpretAsFixedString(byteSwap(bitXor(${int}(${form}), ${int}('${lowest}'))))`;
  switch (type.kind) {
    case "text":
    case "bytes":
      return `replaceAll(${form}, '\\0', '\\0\\xff'), '\\0\\0'`;
    case "bool":
      return `if(${form}, '\\x01', '\\x00')`;
    case "date":
      return flipped("toInt32", "-2147483648");
    case "decimal":
      return type.precision > 18
        ? flipped("toInt128", "-170141183460469231731687303715884105728")
        : flipped("toInt64", "-9223372036854775808");
    case "int":
    case "timestamp":
      return flipped("toInt64", "-9223372036854775808");
    default:
      return form;
  }
}

/** The key as bytes that compare like `expression`; of kind `number` the Int64 itself. */
export function keyNumber(key: Key): bigint {
  const field = asBuffer(key[0] ?? Buffer.alloc(8));
  if (field.length === 8) return field.readBigInt64BE();
  return BigInt(field.length === 4 ? field.readInt32BE() : (field[0] ?? 0));
}

export function keyBytes(form: KeyForm, key: Key): Buffer {
  return form.kind === "bytes" ? asBuffer(key[0] ?? Buffer.alloc(0)) : sortableKey(form.types, key);
}

/** A constant to compare `expression` with. */
export function keyLiteral(form: KeyForm, key: Key): string {
  return form.kind === "number" ? `toInt64(${keyNumber(key)})` : hex(keyBytes(form, key));
}

/** Conditions that hold for the keys of `range` and no other; none when it covers everything. */
export function rangeConditions(form: KeyForm, range: KeyRange): string[] {
  const conditions: string[] = [];
  const first = form.columns[0];
  const pruned = first !== undefined && isRawOrdered(first) ? first : null;
  if (range.from !== null) {
    const raw = pruned && rawLiteral(pruned, range.from[0] ?? null);
    if (pruned && raw) conditions.push(`${ident(pruned.field.column)} >= ${raw}`);
    conditions.push(`${form.expression} >= ${keyLiteral(form, range.from)}`);
  }
  if (range.to !== null) {
    const raw = pruned && rawLiteral(pruned, range.to[0] ?? null);
    if (pruned && raw) conditions.push(`${ident(pruned.field.column)} <= ${raw}`);
    conditions.push(`${form.expression} < ${keyLiteral(form, range.to)}`);
  }
  return conditions;
}

const RAW_ORDERED = new Set(
  "Int8 Int16 Int32 Int64 UInt8 UInt16 UInt32 UInt64 Bool String Date Date32 DateTime DateTime64 Decimal".split(
    " ",
  ),
);

/** Whether ClickHouse's own order of the column is the declared one: then its index serves. */
export function isRawOrdered({ field, type }: Column): boolean {
  return !type.nullable && RAW_ORDERED.has(type.base) && isExact(field.type, type);
}

/** A constant of the column's own type, for its index; null when there is none for this value. */
function rawLiteral({ field, type }: Column, bytes: Uint8Array | null): string | null {
  if (bytes === null) return null;
  const number = (): bigint => keyNumber([bytes]);
  const isInfinite = () => number() === -(2n ** 63n) || number() === 2n ** 63n - 1n;
  switch (type.base) {
    case "String":
    case "Bool":
      return literal(field.type, bytes);
    case "Date": {
      const days = number() + BigInt(EPOCH_DAYS);
      return days >= 0n && days < 65_536n ? `reinterpret(toUInt16(${days}), 'Date')` : null;
    }
    case "DateTime":
    case "DateTime64": {
      if (isInfinite()) return null;
      const step = 10n ** BigInt(6 - secondDigits(type));
      const ticks = (number() + EPOCH_US) / step;
      const plain = type.base === "DateTime" ? ticks >= 0n && ticks < 2n ** 32n - 1n : isInt64Value(ticks);
      if (!plain || (number() + EPOCH_US) % step !== 0n) return null;
      return `reinterpret(${type.base === "DateTime" ? "toUInt32" : "toInt64"}(${ticks}), '${type.spelling.replaceAll("'", "\\'")}')`;
    }
    case "Decimal":
      return decimalOf(type).precision > 18 || bytes.length !== 8
        ? null
        : `reinterpret(toInt64(${number()}), '${type.spelling}')`;
    case "Date32":
      return null;
    default:
      return String(number());
  }
}

function isInt64Value(value: bigint): boolean {
  return value >= -(2n ** 63n) && value < 2n ** 63n;
}
