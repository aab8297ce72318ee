/** Builders of test vectors: how each engine spells a value of a type. */
import { type FieldType, t } from "../../src/encoding/types.ts";
import { JsonText } from "../../src/encoding/value.ts";

export interface Vector {
  readonly type: FieldType;
  readonly label: string;
  /** What `encodeValue` is given. */
  readonly value: unknown;
  /** The bytes; null for NULL. */
  readonly hex: string | null;
  /** What `formatField` gives. */
  readonly text: string;
  /** An SQL expression of the value in each engine; absent where the engine has no way to spell it. */
  readonly postgres: string;
  readonly clickhouse?: string | undefined;
}

type DecimalType = Extract<FieldType, { readonly kind: "decimal" }>;

/** What differs from what the builder derives. */
export type Rest = Partial<Omit<Vector, "type" | "label" | "hex">>;

const utf8 = (text: string) => Buffer.from(text).toString("hex");
const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;
/** ClickHouse reads escapes in its literals. */
const escaped = (text: string) => quoted(text.replaceAll("\\", "\\\\"));

export const INT = t.int();
export const MONEY = { kind: "decimal", precision: 18, scale: 4 } as const;
export const WIDE = { kind: "decimal", precision: 38, scale: 10 } as const;
export const HUGE = { kind: "decimal", precision: 38, scale: 0 } as const;
export const FLOAT = t.float();
export const BOOL = t.bool();
export const TEXT = t.text();
export const UUID = t.uuid();
export const TIMESTAMP = t.timestamp();
export const DATE = t.date();
export const BYTES = t.bytes();
export const JSON_TYPE = t.json();

export function nullOf(type: FieldType, postgresType: string, rest: Rest = {}): Vector {
  const expressions = { postgres: `NULL::${postgresType}`, clickhouse: "NULL" };
  return { type, label: "NULL", value: null, hex: null, text: "NULL", ...expressions, ...rest };
}

export function int(label: string, text: string, hex: string, rest: Rest = {}): Vector {
  const expressions = { postgres: `'${text}'::int8`, clickhouse: `toInt64('${text}')` };
  return { type: INT, label, value: text, hex, text, ...expressions, ...rest };
}

/** `clickhouse: undefined` for what only PostgreSQL's cast rounds as the encoding does. */
export function decimal(
  type: DecimalType,
  label: string,
  written: string,
  hex: string,
  rest: Rest = {},
): Vector {
  const { precision, scale } = type;
  const expressions = {
    postgres: `'${written}'::numeric(${precision},${scale})`,
    clickhouse: `toDecimal${precision > 18 ? 128 : 64}('${written}', ${scale})`,
  };
  return { type, label, value: written, hex, text: written, ...expressions, ...rest };
}

export function float(label: string, written: string, hex: string, rest: Rest = {}): Vector {
  const expressions = { postgres: `'${written}'::float8`, clickhouse: `toFloat64('${written}')` };
  return { type: FLOAT, label, value: written, hex, text: written, ...expressions, ...rest };
}

export function bool(value: boolean, hex: string): Vector {
  const text = String(value);
  return { type: BOOL, label: text, value, hex, text, postgres: text, clickhouse: text };
}

export function text(label: string, value: string): Vector {
  const expressions = { postgres: quoted(value), clickhouse: escaped(value) };
  return { type: TEXT, label, value, hex: utf8(value), text: value, ...expressions };
}

export function uuid(label: string, value: string): Vector {
  const expressions = { postgres: `'${value}'::uuid`, clickhouse: `toUUID('${value}')` };
  return { type: UUID, label, value, hex: value.replaceAll("-", ""), text: value, ...expressions };
}

export function timestamp(label: string, value: string, hex: string, rest: Rest = {}): Vector {
  const clickhouse = `toDateTime64('${value.replace("T", " ").replace("Z", "")}', 6, 'UTC')`;
  const postgres = `'${value}'::timestamptz`;
  return { type: TIMESTAMP, label, value, hex, text: value, postgres, clickhouse, ...rest };
}

export function date(label: string, value: string, hex: string, rest: Rest = {}): Vector {
  const expressions = { postgres: `'${value}'::date`, clickhouse: `toDate32('${value}')` };
  return { type: DATE, label, value, hex, text: value, ...expressions, ...rest };
}

export function bytes(label: string, hex: string): Vector {
  const expressions = { postgres: `'\\x${hex}'::bytea`, clickhouse: `unhex('${hex}')` };
  return { type: BYTES, label, value: Buffer.from(hex, "hex"), hex, text: `\\x${hex}`, ...expressions };
}

/** `source` is JSON as somebody wrote it, `canonical` the form that jsonb gives it. */
export function json(label: string, source: string, canonical = source): Vector {
  const expressions = { postgres: `${quoted(source)}::jsonb`, clickhouse: escaped(canonical) };
  const value = new JsonText(source);
  return { type: JSON_TYPE, label, value, hex: utf8(canonical), text: canonical, ...expressions };
}

export function array(
  of: FieldType,
  label: string,
  value: readonly unknown[],
  hex: string,
  rest: Rest & Pick<Vector, "postgres">,
): Vector {
  return { type: t.array(of), label, value, hex, text: JSON.stringify(value), ...rest };
}
