/** Canonical bytes to exact text, and back. */
import { DbctlError } from "../errors.ts";
import type { Field } from "../stores/store.ts";
import { formatDate, formatTimestamp } from "./civil.ts";
import { formatDecimal } from "./decimal.ts";
import { encodeValue } from "./encode.ts";
import { JsonText, parseJsonArray } from "./json.ts";
import { type FieldType, typeName } from "./types.ts";

/** Kinds whose elements stand in an array's text without quotes. */
const BARE = new Set(["int", "decimal", "bool", "array"]);

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function sized(bytes: Uint8Array, size: number, type: FieldType): DataView {
  if (bytes.length === size) return viewOf(bytes);
  throw new DbctlError("DATA_CORRUPT", `${bytes.length} bytes are no ${typeName(type)}`);
}

function unscaled(bytes: Uint8Array, type: FieldType): bigint {
  const view = sized(bytes, bytes.length === 8 ? 8 : 16, type);
  const high = view.getBigInt64(0);
  return bytes.length === 8 ? high : (high << 64n) | view.getBigUint64(8);
}

/** Bytes that are no UTF-8 are shown as bytes. */
function formatText(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return formatBytes(bytes);
  }
}

function formatBytes(bytes: Uint8Array): string {
  return `\\x${Buffer.from(bytes).toString("hex")}`;
}

function formatUuid(bytes: Uint8Array, type: FieldType): string {
  sized(bytes, 16, type);
  return Buffer.from(bytes)
    .toString("hex")
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function formatArray(bytes: Uint8Array, of: FieldType): string {
  const elements = arrayElements(bytes).map((element) => {
    if (element === null) return "null";
    const text = formatField(of, element);
    return BARE.has(of.kind) ? text : JSON.stringify(text);
  });
  return `[${elements.join(", ")}]`;
}

/** The elements of an array's bytes, as views. @throws DATA_CORRUPT */
export function arrayElements(bytes: Uint8Array): Field[] {
  const view = viewOf(bytes);
  const damaged = () => new DbctlError("DATA_CORRUPT", "an array's encoding is damaged");
  if (bytes.length < 4) throw damaged();
  const count = view.getInt32(0);
  const elements: Field[] = [];
  let position = 4;
  for (let index = 0; index < count; index++) {
    if (position + 4 > bytes.length) throw damaged();
    const length = view.getInt32(position);
    position += 4;
    if (length < -1 || position + length > bytes.length) throw damaged();
    elements.push(length < 0 ? null : bytes.subarray(position, position + length));
    if (length > 0) position += length;
  }
  if (count < 0 || position !== bytes.length) throw damaged();
  return elements;
}

/**
 * The exact value as text, NULL as `NULL`: decimals with all their digits, timestamps in UTC with µs, bytes as `\x…`,
 * arrays as JSON arrays (elements with a point, a letter or worse quoted), texts as they are.
 * @throws DATA_CORRUPT when the bytes are not of this type
 */
export function formatField(type: FieldType, field: Field): string {
  if (field === null) return "NULL";
  switch (type.kind) {
    case "int":
      return String(sized(field, 8, type).getBigInt64(0));
    case "decimal":
      return formatDecimal(unscaled(field, type), type.scale);
    case "float":
      return String(sized(field, 8, type).getFloat64(0));
    case "bool":
      return sized(field, 1, type).getUint8(0) === 0 ? "false" : "true";
    case "text":
    case "json":
      return formatText(field);
    case "uuid":
      return formatUuid(field, type);
    case "timestamp":
      return formatTimestamp(sized(field, 8, type).getBigInt64(0));
    case "date":
      return formatDate(sized(field, 4, type).getInt32(0));
    case "bytes":
      return formatBytes(field);
    case "array":
      return formatArray(field, type.of);
  }
}

/** The inverse of `formatField` for what is not NULL. @throws VALUE_UNREPRESENTABLE */
export function parseField(type: FieldType, text: string): Uint8Array {
  return encodeValue(type, parsed(type, text)) ?? new Uint8Array();
}

function parsed(type: FieldType, text: string): unknown {
  if (type.kind === "json") return new JsonText(text);
  if (type.kind !== "array") return text;
  return parseJsonArray(text).map((element) => (element === null ? null : parsed(type.of, element)));
}
