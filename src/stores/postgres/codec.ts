/** The binary forms of PostgreSQL's types, written from canonical bytes. Sources: the *recv functions of utils/adt. */
import { formatDecimal } from "../../encoding/decimal.ts";
import type { Output } from "./output.ts";

/** Writes `source[from, to)` in another form; returns why it can't, or null. */
export type FieldCodec = (source: Buffer, from: number, to: number, output: Output) => string | null;

const RANGES = {
  int2: { bytes: 2, min: -32_768, max: 32_767, label: "smallint" },
  int4: { bytes: 4, min: -2_147_483_648, max: 2_147_483_647, label: "integer" },
  oid: { bytes: 4, min: 0, max: 4_294_967_295, label: "oid" },
  int8: { bytes: 8, min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER, label: "bigint" },
} as const;
type IntegerType = keyof typeof RANGES;

/** int8 in fewer bytes. */
export function narrowInteger(type: "int2" | "int4" | "oid"): FieldCodec {
  const { min, max, bytes, label } = RANGES[type];
  return (source, from, _to, output) => {
    const high = source.readInt32BE(from);
    const low = source.readUInt32BE(from + 4);
    const value = high * 4_294_967_296 + low;
    if (value < min || value > max) return `${source.readBigInt64BE(from)} is out of range for ${label}`;
    if (bytes === 2) output.int16(value);
    else output.int32(value | 0);
    return null;
  };
}

function unscaled(source: Buffer, from: number, to: number): bigint {
  const high = source.readBigInt64BE(from);
  return to - from === 8 ? high : (high << 64n) | source.readBigUInt64BE(from + 8);
}

/** A decimal without a fraction as an integer. */
export function decimalAsInteger(type: IntegerType, scale: number): FieldCodec {
  const { bytes, label } = RANGES[type];
  const unit = 10n ** BigInt(scale);
  return (source, from, to, output) => {
    const value = unscaled(source, from, to);
    const whole = value / unit;
    const fits = BigInt.asIntN(bytes * 8, whole) === whole && !(type === "oid" && whole < 0n);
    if (value % unit !== 0n || !fits) return `${formatDecimal(value, scale)} is no ${label}`;
    writeInteger(output, bytes, whole);
    return null;
  };
}

function writeInteger(output: Output, bytes: number, value: bigint): void {
  if (bytes === 2) output.int16(Number(value));
  else if (bytes === 4) output.int32(Number(BigInt.asIntN(32, value)));
  else {
    output.reserve(8);
    output.used = output.buffer.writeBigInt64BE(value, output.used);
  }
}

/** float8 as float4. */
export const narrowFloat: FieldCodec = (source, from, _to, output) => {
  const value = source.readDoubleBE(from);
  if (!Object.is(Math.fround(value), value)) return `${value} is no real: it would be rounded`;
  output.reserve(4);
  output.used = output.buffer.writeFloatBE(value, output.used);
  return null;
};

/** A float without a fraction as an integer. */
export function floatAsInteger(type: "int2" | "int4"): FieldCodec {
  const { min, max, bytes, label } = RANGES[type];
  return (source, from, _to, output) => {
    const value = source.readDoubleBE(from);
    if (!Number.isInteger(value) || value < min || value > max) return `${value} is no ${label}`;
    writeInteger(output, bytes, BigInt(value));
    return null;
  };
}

/** The same bytes behind a prefix: jsonb is its version and its text. */
export function withPrefix(prefix: Buffer): FieldCodec {
  return (source, from, to, output) => {
    output.copy(prefix, 0, prefix.length);
    output.copy(source, from, to);
    return null;
  };
}

const SPACE = 0x20;

/** A text whose trailing spaces the server would take off without a word: char(n) all, varchar(n) those beyond n. */
export function keptSpaces(longest: number): FieldCodec {
  return (source, from, to, output) => {
    if (to > from && source[to - 1] === SPACE && [...source.toString("utf8", from, to)].length > longest)
      return "its trailing spaces would be lost";
    output.copy(source, from, to);
    return null;
  };
}

const NBASE = 10_000;
const NBASE_BIG = 10_000n;
const NEGATIVE = 0x4000;

/**
 * numeric: int16 each for the number of digits, the weight of the first, the sign and the scale, then digits of base
 * 10,000. The point stands between two of them, so the value is first brought to a multiple of four decimals.
 * @param columnScale digits after the point that the column keeps; null for all
 */
export function numeric(scale: number, columnScale: number | null): FieldCodec {
  const unit = columnScale === null || columnScale >= scale ? null : 10n ** BigInt(scale - columnScale);
  const fractionDigits = Math.ceil(scale / 4);
  const shift = fractionDigits * 4 - scale;
  const shiftNumber = 10 ** shift;
  const shiftBig = 10n ** BigInt(shift);
  const safe = Number.MAX_SAFE_INTEGER / shiftNumber;
  const digits: number[] = [];

  return (source, from, to, output) => {
    if (unit !== null && unscaled(source, from, to) % unit !== 0n)
      return `${formatDecimal(unscaled(source, from, to), scale)} would be rounded`;
    digits.length = 0;
    let isNegative = false;
    const high = source.readInt32BE(from);
    const near = high * 4_294_967_296 + source.readUInt32BE(from + 4);
    if (to - from === 8 && Math.abs(near) < safe) {
      isNegative = near < 0;
      let rest = Math.abs(near) * shiftNumber;
      while (rest > 0) {
        const next = Math.floor(rest / NBASE);
        digits.push(rest - next * NBASE);
        rest = next;
      }
    } else {
      const value = unscaled(source, from, to);
      isNegative = value < 0n;
      let rest = (isNegative ? -value : value) * shiftBig;
      for (; rest > 0n; rest /= NBASE_BIG) digits.push(Number(rest % NBASE_BIG));
    }
    writeNumeric(output, digits, { weight: digits.length - 1 - fractionDigits, isNegative, scale });
    return null;
  };
}

/** @param digits lowest first; zeros at the low end are not written */
function writeNumeric(
  output: Output,
  digits: readonly number[],
  {
    weight,
    isNegative,
    scale,
  }: { readonly weight: number; readonly isNegative: boolean; readonly scale: number },
): void {
  let lowest = 0;
  while (lowest < digits.length && digits[lowest] === 0) lowest++;
  const count = digits.length - lowest;
  output.reserve(8 + 2 * count);
  const { buffer } = output;
  let position = buffer.writeInt16BE(count, output.used);
  position = buffer.writeInt16BE(count === 0 ? 0 : weight, position);
  position = buffer.writeInt16BE(isNegative ? NEGATIVE : 0, position);
  position = buffer.writeInt16BE(scale, position);
  for (let index = digits.length - 1; index >= lowest; index--)
    position = buffer.writeInt16BE(digits[index] ?? 0, position);
  output.used = position;
}

/** An array of one dimension: dimensions, whether there are NULLs, element type, size, lower bound, elements. */
export function arrayBytes(element: FieldCodec | null, elementOid: number): FieldCodec {
  return (source, from, to, output) => {
    const count = source.readInt32BE(from);
    output.int32(count === 0 ? 0 : 1);
    const flags = output.used;
    output.int32(0);
    output.int32(elementOid | 0);
    if (count === 0) return null;
    output.int32(count);
    output.int32(1);
    if (element === null) {
      const hasNull = holdsNull(source, from + 4, to);
      output.copy(source, from + 4, to);
      output.buffer.writeInt32BE(hasNull ? 1 : 0, flags);
      return null;
    }
    return writeElements(element, source, from + 4, to, output, flags);
  };
}

function holdsNull(source: Buffer, from: number, to: number): boolean {
  for (let position = from; position < to; ) {
    const length = source.readInt32BE(position);
    if (length < 0) return true;
    position += 4 + length;
  }
  return false;
}

function writeElements(
  element: FieldCodec,
  source: Buffer,
  from: number,
  to: number,
  output: Output,
  flags: number,
): string | null {
  for (let position = from; position < to; ) {
    const length = source.readInt32BE(position);
    position += 4;
    if (length < 0) {
      output.int32(-1);
      output.buffer.writeInt32BE(1, flags);
      continue;
    }
    const prefix = output.used;
    output.int32(0);
    const reason = element(source, position, position + length, output);
    if (reason !== null) return reason;
    output.buffer.writeInt32BE(output.used - prefix - 4, prefix);
    position += length;
  }
  return null;
}
