/** JavaScript values to fields in canonical bytes. */
import { DbctlError } from "../errors.ts";
import {
  EPOCH_2000_MS,
  INT64_MAX,
  INT64_MIN,
  parseDate,
  parseTimestamp,
  TIMESTAMP_MAX_US,
  TIMESTAMP_MIN_US,
} from "./civil.ts";
import { isInt64Decimal, parseDecimal, parsePlainDecimal } from "./decimal.ts";
import { canonicalJsonOf } from "./json.ts";
import type { Sink } from "./sink.ts";
import { type FieldType, typeName } from "./types.ts";

/** Writes one field, its length first. A value that is null or undefined is NULL. */
export type WriteField = (sink: Sink, value: unknown) => void;

const EPOCH_2000_US = BigInt(EPOCH_2000_MS) * 1000n;
const TWO_32 = 2 ** 32;
/** Beyond it a count of ms times 1000 is no exact double. */
const EXACT_MS = 9_000_000_000_000;

function unrepresentable(value: unknown, type: FieldType, why = ""): DbctlError {
  const shown = typeof value === "string" ? JSON.stringify(value.slice(0, 60)) : describe(value);
  return new DbctlError("VALUE_UNREPRESENTABLE", `${shown} is no ${typeName(type)}${why && `: ${why}`}`);
}

function describe(value: unknown): string {
  if (typeof value !== "object" || value === null) return `${typeof value} ${String(value)}`;
  return `a value of class ${value.constructor?.name ?? "Object"}`;
}

/**
 * Makes room and writes the length; returns where the bytes go. To be called before `sink.view` or `sink.bytes` is
 * looked at, since it may replace them.
 */
function begin(sink: Sink, size: number): number {
  sink.ensure(4 + size);
  const { position } = sink;
  sink.view.setInt32(position, size);
  sink.position = position + 4 + size;
  return position + 4;
}

function writeSafeInteger(sink: Sink, value: number): void {
  const position = begin(sink, 8);
  sink.view.setInt32(position, Math.floor(value / TWO_32));
  sink.view.setInt32(position + 4, value | 0);
}

function writeInt64(sink: Sink, value: bigint, type: FieldType): void {
  if (value < INT64_MIN || value > INT64_MAX) throw unrepresentable(value, type, "it is out of range");
  const position = begin(sink, 8);
  sink.view.setBigInt64(position, value);
}

function writeInt(type: FieldType): WriteField {
  return (sink, value) => {
    if (typeof value === "number") {
      if (!Number.isSafeInteger(value)) throw unrepresentable(value, type, "it is no exact integer");
      writeSafeInteger(sink, value);
    } else if (typeof value === "bigint") writeInt64(sink, value, type);
    else if (typeof value === "string" && /^[+-]?\d{1,40}$/.test(value))
      writeInt64(sink, BigInt(value.replace("+", "")), type);
    else if (value === null || value === undefined) sink.null();
    else throw unrepresentable(value, type);
  };
}

function writeDecimal(type: FieldType & { readonly kind: "decimal" }): WriteField {
  const { precision, scale } = type;
  const isShort = isInt64Decimal(precision);
  const factor = 10 ** scale;
  const limit = 10 ** Math.min(precision, 15);
  return (sink, value) => {
    if (value === null || value === undefined) return sink.null();
    // Decimals of 15 digits and doubles map to each other one to one, so this is what the text would give, sooner.
    if (isShort && typeof value === "number") {
      const scaled = Math.round(value * factor);
      if (Math.abs(scaled) < limit && scaled / factor === value) return writeSafeInteger(sink, scaled);
    }
    if (isShort && typeof value === "string") {
      const scaled = parsePlainDecimal(value, precision, scale);
      if (scaled !== null) return writeSafeInteger(sink, scaled);
    }
    if (typeof value !== "number" && typeof value !== "bigint" && typeof value !== "string")
      throw unrepresentable(value, type);
    const unscaled = parseDecimal(String(value), precision, scale);
    const position = begin(sink, isShort ? 8 : 16);
    if (isShort) return sink.view.setBigInt64(position, unscaled);
    sink.view.setBigInt64(position, unscaled >> 64n);
    sink.view.setBigUint64(position + 8, BigInt.asUintN(64, unscaled));
  };
}

const FLOAT = /^[+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|Infinity)$|^NaN$/;

function writeFloat(type: FieldType): WriteField {
  return (sink, value) => {
    if (value === null || value === undefined) return sink.null();
    const isNumber = typeof value === "number" || typeof value === "bigint";
    if (!isNumber && !(typeof value === "string" && FLOAT.test(value))) throw unrepresentable(value, type);
    const number = Number(value);
    const position = begin(sink, 8);
    if (Number.isNaN(number)) {
      sink.view.setUint32(position, 0x7ff80000);
      sink.view.setUint32(position + 4, 0);
    } else sink.view.setFloat64(position, number === 0 ? 0 : number);
  };
}

function writeBool(type: FieldType): WriteField {
  return (sink, value) => {
    if (value === null || value === undefined) return sink.null();
    const bool = value === true || value === "true";
    if (!bool && value !== false && value !== "false") throw unrepresentable(value, type);
    const position = begin(sink, 1);
    sink.bytes[position] = bool ? 1 : 0;
  };
}

function writeText(type: FieldType): WriteField {
  return (sink, value) => {
    if (value === null || value === undefined) return sink.null();
    if (typeof value !== "string") throw unrepresentable(value, type);
    if (sink.shortAscii(value)) return;
    if (value.includes("\0")) throw unrepresentable(value, type, "PostgreSQL can't store U+0000");
    if (!value.isWellFormed()) throw unrepresentable(value, type, "it holds half a surrogate pair");
    sink.text(value);
  };
}

const UUID = /^\{?([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})\}?$/i;

/** Values of hexadecimal digits by character code; 255 for what is none. */
const NIBBLES = Uint8Array.from({ length: 256 }, (_, code) => {
  const value = Number.parseInt(String.fromCharCode(code), 16);
  return Number.isNaN(value) ? 255 : value;
});

/** False, with nothing written, when the text is not of the usual form. */
function writeUsualUuid(sink: Sink, text: string): boolean {
  if (text.length !== 36) return false;
  sink.ensure(20);
  const start = sink.position + 4;
  let faults = 0;
  for (let index = 0, at = start; index < 36; index += 2) {
    if (index === 8 || index === 13 || index === 18 || index === 23) faults |= text.charCodeAt(index++) ^ 45;
    const first = text.charCodeAt(index);
    const second = text.charCodeAt(index + 1);
    const high = NIBBLES[first & 255] as number;
    const low = NIBBLES[second & 255] as number;
    faults |= ((high | low) & 0xf0) | ((first | second) >> 8);
    sink.bytes[at++] = (high << 4) | low;
  }
  if (faults !== 0) return false;
  begin(sink, 16);
  return true;
}

function writeUuid(type: FieldType): WriteField {
  return (sink, value) => {
    if (typeof value === "string") {
      if (writeUsualUuid(sink, value)) return;
      if (!UUID.test(value)) throw unrepresentable(value, type);
      sink.raw(Buffer.from(value.replace(/[{}-]/g, ""), "hex"));
    } else if (value === null || value === undefined) sink.null();
    else if (value instanceof Uint8Array && value.length === 16) sink.raw(value);
    else throw unrepresentable(value, type);
  };
}

function writeTimestamp(type: FieldType): WriteField {
  return (sink, value) => {
    if (value === null || value === undefined) return sink.null();
    if (typeof value === "string") return writeInt64(sink, parseTimestamp(value), type);
    const ms = value instanceof Date ? value.getTime() - EPOCH_2000_MS : Number.NaN;
    if (Math.abs(ms) < EXACT_MS) return writeSafeInteger(sink, ms * 1000);
    if (typeof value !== "bigint" && Number.isNaN(ms)) throw unrepresentable(value, type);
    const us = typeof value === "bigint" ? value - EPOCH_2000_US : BigInt(ms) * 1000n;
    if (us < TIMESTAMP_MIN_US || us > TIMESTAMP_MAX_US)
      throw unrepresentable(value, type, "it is out of range");
    writeInt64(sink, us, type);
  };
}

function writeDate(type: FieldType): WriteField {
  return (sink, value) => {
    if (value === null || value === undefined) return sink.null();
    if (typeof value !== "string") throw unrepresentable(value, type);
    const days = parseDate(value);
    const position = begin(sink, 4);
    sink.view.setInt32(position, days);
  };
}

function writeBytes(type: FieldType): WriteField {
  return (sink, value) => {
    if (value === null || value === undefined) return sink.null();
    if (value instanceof Uint8Array) return sink.raw(value);
    if (typeof value !== "string" || !/^\\x(?:[0-9a-f]{2})*$/i.test(value))
      throw unrepresentable(value, type);
    sink.raw(Buffer.from(value.slice(2), "hex"));
  };
}

const writeJson: WriteField = (sink, value) => {
  if (value === null || value === undefined) return sink.null();
  sink.text(canonicalJsonOf(value));
};

function writeArray(type: FieldType & { readonly kind: "array" }): WriteField {
  const writeElement = writerOf(type.of);
  return (sink, value) => {
    if (value === null || value === undefined) return sink.null();
    if (!Array.isArray(value)) throw unrepresentable(value, type);
    sink.ensure(8);
    const start = sink.position;
    // `start` is an offset from what `take` handed out last, which growing moves.
    const before = sink.written;
    sink.view.setInt32(start + 4, value.length);
    sink.position = start + 8;
    for (const element of value) writeElement(sink, element);
    const size = sink.written - before - 4;
    sink.view.setInt32(sink.position - size - 4, size);
  };
}

/** The writer of a declared type. It throws VALUE_UNREPRESENTABLE for what the type can't hold. */
export function writerOf(type: FieldType): WriteField {
  switch (type.kind) {
    case "int":
      return writeInt(type);
    case "decimal":
      return writeDecimal(type);
    case "float":
      return writeFloat(type);
    case "bool":
      return writeBool(type);
    case "text":
      return writeText(type);
    case "uuid":
      return writeUuid(type);
    case "timestamp":
      return writeTimestamp(type);
    case "date":
      return writeDate(type);
    case "bytes":
      return writeBytes(type);
    case "json":
      return writeJson;
    case "array":
      return writeArray(type);
  }
}
