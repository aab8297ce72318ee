/** JSON in the text form of PostgreSQL's jsonb, with numbers as exact decimals: they never pass through a double. */
import { parse } from "lossless-json";
import { DbctlError } from "../errors.ts";

/** Raw JSON text as a value: `encodeValue(t.json(), new JsonText('{"a": 1.50}'))` keeps the 1.50. */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A number as it was spelled. */
class JsonNumber {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}

/** What PostgreSQL's numeric holds before and after the point. */
const MAX_INTEGER_DIGITS = 131_072;
const MAX_SCALE = 16_383;

const PLAIN_STRING = /^[\x20\x21\x23-\x5b\x5d-\ud7ff\ue000-\uffff]*$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII begins with them
const ASCII = /^[\x00-\x7f]*$/;
const PLAIN_NUMBER = /^(?:-?[1-9]\d{0,99}|0)(?:\.\d{1,99})?$/;
const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

function unrepresentable(why: string, cause?: unknown): DbctlError {
  return new DbctlError("VALUE_UNREPRESENTABLE", why, { cause });
}

function parseJson(text: string): unknown {
  try {
    // PostgreSQL keeps the last of duplicate keys; lossless-json asks only when the values differ.
    return parse(text, null, {
      parseNumber: (source) => new JsonNumber(source),
      onDuplicateKey: ({ newValue }) => newValue,
    });
  } catch (error) {
    if (error instanceof RangeError) throw unrepresentable("JSON is nested too deeply", error);
    throw unrepresentable("the text is not JSON", error);
  }
}

/** A JSON number in numeric's text: no exponent, no negative zero, the scale it was written with. */
function canonicalNumber(source: string): string {
  if (PLAIN_NUMBER.test(source)) return source;
  const match = NUMBER.exec(source);
  if (match === null) throw unrepresentable(`${source.slice(0, 40)} is not a JSON number`);
  const [, sign = "", integer = "", fraction = "", exponentText = "0"] = match;
  const exponent = Number(exponentText);
  const scale = Math.max(0, fraction.length - exponent);
  const digits = (integer + fraction).replace(/^0+/, "");
  const integerDigits = digits === "" ? 0 : digits.length - fraction.length + exponent;
  // PostgreSQL refuses a far exponent even of zero.
  if (integerDigits > MAX_INTEGER_DIGITS || scale > MAX_SCALE || Math.abs(exponent) >= 2 ** 30 - 1)
    throw unrepresentable("a JSON number is larger or finer than PostgreSQL's numeric");
  if (digits === "") return scale === 0 ? "0" : `0.${"0".repeat(scale)}`;
  if (scale === 0) return sign + digits + "0".repeat(exponent - fraction.length);
  const padded = digits.padStart(scale + 1, "0");
  return `${sign}${padded.slice(0, -scale)}.${padded.slice(-scale)}`;
}

function normalizedNumber(source: string): string {
  const text = canonicalNumber(source);
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

function writeString(text: string): string {
  if (PLAIN_STRING.test(text)) return `"${text}"`;
  if (text.includes("\0")) throw unrepresentable("a JSON string holds U+0000, which PostgreSQL can't store");
  if (!text.isWellFormed()) throw unrepresentable("a JSON string holds half a surrogate pair");
  return JSON.stringify(text);
}

/** Sorts by length in bytes, then bytewise. */
function sortKeys(keys: string[]): string[] {
  let isSorted = true;
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index] as string;
    if (!ASCII.test(key)) return sortUnicodeKeys(keys);
    if (index > 0 && isSorted) isSorted = compareAscii(keys[index - 1] as string, key) < 0;
  }
  return isSorted ? keys : keys.sort(compareAscii);
}

function compareAscii(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : 1);
}

function sortUnicodeKeys(keys: string[]): string[] {
  return keys
    .map((key) => ({ key, bytes: Buffer.from(key) }))
    .sort((a, b) => a.bytes.length - b.bytes.length || Buffer.compare(a.bytes, b.bytes))
    .map(({ key }) => key);
}

type WriteNumber = (source: string) => string;

function writeObject(value: object, writeNumber: WriteNumber): string {
  if (value instanceof JsonNumber) return writeNumber(value.source);
  if (value instanceof JsonText) return write(parseJson(value.text), writeNumber);
  if (Array.isArray(value)) {
    let text = "[";
    for (let index = 0; index < value.length; index++)
      text += (index === 0 ? "" : ", ") + write(value[index] ?? null, writeNumber);
    return `${text}]`;
  }
  if ("toJSON" in value && typeof value.toJSON === "function") return write(value.toJSON(), writeNumber);
  const { sorted, leads } = shapeOf(Object.keys(value));
  let text = "";
  for (let index = 0; index < sorted.length; index++) {
    const member: unknown = (value as Readonly<Record<string, unknown>>)[sorted[index] as string];
    if (member === undefined) continue;
    text += (text === "" ? "{" : ", ") + leads[index] + write(member, writeNumber);
  }
  return text === "" ? "{}" : `${text}}`;
}

/** The keys of an object as it lists them, in canonical order, and what is written before each value. */
interface Shape {
  readonly keys: readonly string[];
  readonly sorted: readonly string[];
  readonly leads: readonly string[];
}

/** Objects of a column tend to come in few shapes; by their first key. */
const shapes = new Map<string, Shape>();
const MAX_SHAPES = 1000;

function shapeOf(keys: readonly string[]): Shape {
  const first = keys[0] ?? "";
  const known = shapes.get(first);
  if (known !== undefined && sameKeys(known.keys, keys)) return known;
  const sorted = sortKeys([...keys]);
  const shape = { keys, sorted, leads: sorted.map((key) => `${writeString(key)}: `) };
  if (shapes.size >= MAX_SHAPES) shapes.clear();
  shapes.set(first, shape);
  return shape;
}

function sameKeys(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}

function write(value: unknown, writeNumber: WriteNumber): string {
  switch (typeof value) {
    case "string":
      return writeString(value);
    case "number":
      if (Number.isSafeInteger(value)) return String(value);
      if (!Number.isFinite(value)) throw unrepresentable(`JSON has no ${value}`);
      return writeNumber(String(value));
    case "bigint":
      return writeNumber(String(value));
    case "boolean":
      return value ? "true" : "false";
    case "object":
      return value === null ? "null" : writeObject(value, writeNumber);
    default:
      throw unrepresentable(`JSON has no ${typeof value}`);
  }
}

function writeRoot(value: unknown, writeNumber: WriteNumber): string {
  try {
    return write(value, writeNumber);
  } catch (error) {
    if (error instanceof RangeError) throw unrepresentable("JSON is nested too deeply", error);
    throw error;
  }
}

/**
 * JSON text in the text form of PostgreSQL's jsonb, character for character.
 * @throws VALUE_UNREPRESENTABLE for what jsonb refuses: no JSON, U+0000, half a surrogate pair, a number out of
 * numeric's range, nesting too deep for the stack
 */
export function canonicalJson(text: string): string {
  return writeRoot(parseJson(text), canonicalNumber);
}

/** Canonical JSON with the trailing zeros of numbers removed: equal for texts that differ only in 1.50 and 1.5. */
export function numbersNormalized(text: string): string {
  return writeRoot(parseJson(text), normalizedNumber);
}

/**
 * A JavaScript value in the same form: what JSON.stringify takes, bigint and `JsonText` besides. As there, members
 * that are undefined are left out, undefined elements are null, and `toJSON` is honoured.
 * @throws VALUE_UNREPRESENTABLE also for NaN, infinities, functions and symbols
 */
export function canonicalJsonOf(value: unknown): string {
  return writeRoot(value, canonicalNumber);
}

/**
 * The elements of a JSON array as texts: strings without quotes and escapes, numbers as they are spelled, anything else
 * in canonical form, null as null. @throws VALUE_UNREPRESENTABLE when it is not an array
 */
export function parseJsonArray(text: string): readonly (string | null)[] {
  const value = parseJson(text);
  if (!Array.isArray(value)) throw unrepresentable("the text is not a JSON array");
  return value.map((element) => {
    if (element === null || typeof element === "string") return element;
    return element instanceof JsonNumber ? element.source : write(element, canonicalNumber);
  });
}
