/** A declared type. Its bytes and its order are the table in src/encoding/README.md. */
export type FieldType =
  | { readonly kind: "int" }
  | { readonly kind: "decimal"; readonly precision: number; readonly scale: number }
  | { readonly kind: "float" }
  | { readonly kind: "bool" }
  | { readonly kind: "text" }
  | { readonly kind: "uuid" }
  | { readonly kind: "timestamp" }
  | { readonly kind: "date" }
  | { readonly kind: "bytes" }
  | { readonly kind: "json" }
  | { readonly kind: "array"; readonly of: FieldType };

export type FieldKind = FieldType["kind"];

/** Kinds that have an order and may stand in a key. */
export const KEY_KINDS: ReadonlySet<FieldKind> = new Set([
  "int",
  "decimal",
  "bool",
  "text",
  "uuid",
  "timestamp",
  "date",
  "bytes",
]);

/** Constructors of declared types, as a configuration uses them. */
export const t = {
  int: (): FieldType => ({ kind: "int" }),
  /** @param precision digits in all, 1–38. @param scale digits after the point, 0–precision. */
  decimal: (precision: number, scale: number): FieldType => ({ kind: "decimal", precision, scale }),
  float: (): FieldType => ({ kind: "float" }),
  bool: (): FieldType => ({ kind: "bool" }),
  text: (): FieldType => ({ kind: "text" }),
  uuid: (): FieldType => ({ kind: "uuid" }),
  timestamp: (): FieldType => ({ kind: "timestamp" }),
  date: (): FieldType => ({ kind: "date" }),
  bytes: (): FieldType => ({ kind: "bytes" }),
  json: (): FieldType => ({ kind: "json" }),
  array: (of: FieldType): FieldType => ({ kind: "array", of }),
} as const;

/** `decimal(18,4)`, `text[]`: as reports and messages spell a type. */
export function typeName(type: FieldType): string {
  if (type.kind === "decimal") return `decimal(${type.precision},${type.scale})`;
  if (type.kind === "array") return `${typeName(type.of)}[]`;
  return type.kind;
}
