/** How a column of a given type is read as a declared type: SQL whose binary form is the canonical bytes. */
import { type FieldType, typeName } from "../../encoding/types.ts";
import { RAISED } from "./errors.ts";
import { bytesLiteral, quoteText } from "./literal.ts";
import type { BaseType, Column } from "./table.ts";

export interface Cast {
  /** Its binary form is the canonical bytes; NULL for NULL. */
  readonly value: string;
  /** The same bytes as a bytea. */
  readonly bytes: string;
  /** Length of the bytes where every value has the same. */
  readonly width: number | null;
  /** What literals of the declared type are cast to, so that they compare with `comparable`. */
  readonly sqlType: string;
  /** Compares as the declared type does, texts apart from their collation; the bare column where that does it. */
  readonly comparable: string;
}

const INTEGER_DIGITS: Readonly<Record<string, number>> = { int2: 5, int4: 10, int8: 19 };
const TEXTS = new Set(["text", "varchar", "bpchar", "name", "citext", "xml"]);
const JSON_TYPES = new Set(["json", "jsonb", "text", "varchar"]);
const NULL_FIELD = bytesLiteral(Buffer.from([0xff, 0xff, 0xff, 0xff]));
const TWO_64 = "18446744073709551616";
const TWO_63 = "9223372036854775808";
const TWO_127 = "170141183460469231731687303715884105728";

/** The cast, or why the column can't be read as `declared` without loss. @param sql the column, quoted */
export function castColumn(declared: FieldType, column: Column, sql: string): Cast | string {
  if (declared.kind !== "array") {
    if (column.element !== null) return lossy(declared, column);
    return castScalar(declared, column.type, sql) ?? lossy(declared, column);
  }
  const element = column.element;
  const inner = element === null ? null : castScalar(declared.of, element, "e.v");
  if (inner === null) return lossy(declared, column);
  return arrayCast(column.name, inner, sql);
}

function lossy(declared: FieldType, column: Column): string {
  return `column ${column.name} is ${column.shown}, which can't be read as ${typeName(declared)} without loss`;
}

function castScalar(declared: FieldType, type: BaseType, sql: string): Cast | null {
  const name = type.name ?? "";
  switch (declared.kind) {
    case "int":
      return castInt(type, sql);
    case "decimal":
      return castDecimal(declared, type, sql);
    case "float":
      return castFloat(name, sql);
    case "bool":
      return name === "bool" ? cast(sql, "boolsend", 1, "bool") : null;
    case "text":
      return castText(type, sql);
    case "uuid":
      return name === "uuid" ? cast(sql, "uuid_send", 16, "uuid") : null;
    case "timestamp":
      return name === "timestamptz" || name === "timestamp" ? cast(sql, `${name}_send`, 8, name) : null;
    case "date":
      return name === "date" ? cast(sql, "date_send", 4, "date") : null;
    case "bytes":
      return name === "bytea"
        ? { value: sql, bytes: sql, width: null, sqlType: "bytea", comparable: sql }
        : null;
    case "json":
      return JSON_TYPES.has(name) ? castJson(name, sql) : null;
    case "array":
      return null;
  }
}

function cast(sql: string, send: string, width: number | null, sqlType: string, comparable = sql): Cast {
  return { value: sql, bytes: `${send}(${sql})`, width, sqlType, comparable };
}

/** Of `numeric(p,s)`; null for a bare numeric. Source: numeric.c, make_numeric_typmod */
export function numericModifier(
  type: BaseType,
): { readonly precision: number; readonly scale: number } | null {
  if (type.modifier < 4) return null;
  const bits = type.modifier - 4;
  return { precision: (bits >> 16) & 0xffff, scale: ((bits & 0x7ff) ^ 1024) - 1024 };
}

function castInt(type: BaseType, sql: string): Cast | null {
  const name = type.name ?? "";
  if (name in INTEGER_DIGITS) {
    const value = name === "int8" ? sql : `${sql}::int8`;
    return cast(value, "int8send", 8, "int8", sql);
  }
  if (name === "oid") return cast(`${sql}::int8`, "int8send", 8, "int8", `${sql}::int8`);
  const modifier = name === "numeric" ? numericModifier(type) : null;
  if (modifier === null || modifier.scale > 0 || modifier.precision - modifier.scale > 18) return null;
  return cast(`${sql}::int8`, "int8send", 8, "numeric", sql);
}

function castDecimal(
  declared: { readonly precision: number; readonly scale: number },
  type: BaseType,
  sql: string,
): Cast | null {
  const { precision, scale } = declared;
  const digits = INTEGER_DIGITS[type.name ?? ""];
  const modifier = numericModifier(type);
  let exact = true;
  if (digits !== undefined) {
    if (digits > precision - scale) return null;
  } else if (type.name !== "numeric") {
    return null;
  } else if (modifier === null) {
    exact = false;
  } else if (modifier.scale > scale || modifier.precision - modifier.scale > precision - scale) {
    return null;
  }
  const comparable = exact ? sql : `round(${sql}, ${scale})`;
  // The cast to int8 rounds half away from zero itself.
  const scaled = `(${sql}::numeric * ${10n ** BigInt(scale)}::numeric)`;
  if (precision <= 18) return cast(`${scaled}::int8`, "int8send", 8, "numeric", comparable);
  const value = int128(scaled);
  return { value, bytes: value, width: 16, sqlType: "numeric", comparable };
}

/** Two halves of two's complement; the offsets keep div and mod among numbers that are not negative. */
function int128(scaled: string): string {
  const shifted = `(round(${scaled}) + ${TWO_127}::numeric)`;
  const high = `(div(${shifted}, ${TWO_64}::numeric) - ${TWO_63}::numeric)::int8`;
  const low = `(mod(${shifted} + ${TWO_63}::numeric, ${TWO_64}::numeric) - ${TWO_63}::numeric)::int8`;
  return `(int8send(${high}) || int8send(${low}))`;
}

/** Adding +0 makes −0 to +0; a NaN may come with any sign and payload. */
function castFloat(name: string, sql: string): Cast | null {
  if (!["float4", "float8", "int2", "int4"].includes(name)) return null;
  const wide = name === "float8" ? sql : `${sql}::float8`;
  const value = name.startsWith("int")
    ? wide
    : `(CASE WHEN ${sql} = 'NaN' THEN 'NaN'::float8 ELSE ${wide} + '0'::float8 END)`;
  return cast(value, "float8send", 8, "float8", value);
}

function castText(type: BaseType, sql: string): Cast | null {
  const name = type.name ?? "";
  if (!TEXTS.has(name) && !type.isEnum) return null;
  const value = name === "text" || name === "varchar" ? sql : `${sql}::text`;
  return cast(value, "textsend", null, "text", value);
}

function castJson(name: string, sql: string): Cast {
  const value = name === "jsonb" ? `${sql}::text` : `(${sql}::jsonb)::text`;
  return cast(value, "textsend", null, "text");
}

function arrayCast(column: string, inner: Cast, sql: string): Cast {
  const refusal = quoteText(`${RAISED}column ${column} holds an array of several dimensions`);
  const element = lengthPrefixed(inner, "e.v");
  const elements =
    `(SELECT string_agg(${element}, ''::bytea ORDER BY e.n) ` +
    `FROM unnest(${sql}) WITH ORDINALITY AS e(v, n))`;
  // A cast that must fail says why; what it says depends on the row, or the planner would evaluate it at once.
  const bytes =
    `(CASE WHEN ${sql} IS NULL THEN NULL ` +
    `WHEN array_ndims(${sql}) > 1 THEN int4send((${refusal} || left(array_dims(${sql}), 0))::int4) ` +
    `ELSE int4send(cardinality(${sql})) || coalesce(${elements}, ''::bytea) END)`;
  return { value: bytes, bytes, width: null, sqlType: "bytea", comparable: bytes };
}

/** A field of a tuple: its length and its bytes, −1 for NULL. @param nullable the SQL that is NULL when the field is; null: never */
export function lengthPrefixed(cast: Cast, nullable: string | null): string {
  const prefix =
    cast.width === null
      ? `int4send(octet_length(${cast.bytes}))`
      : bytesLiteral(Buffer.from([0, 0, 0, cast.width]));
  const field = `${prefix} || ${cast.bytes}`;
  return nullable === null
    ? `(${field})`
    : `(CASE WHEN ${nullable} IS NULL THEN ${NULL_FIELD} ELSE ${field} END)`;
}
