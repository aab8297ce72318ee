import type { Field, Key } from "../stores/store.ts";
import type { FieldType } from "./types.ts";

function isSigned(type: FieldType): boolean {
  return type.kind === "int" || type.kind === "decimal" || type.kind === "timestamp" || type.kind === "date";
}

/** NaN above everything else, as PostgreSQL has it. */
function compareFloats(a: Uint8Array, b: Uint8Array): number {
  const [left, right] = [Buffer.from(a).readDoubleBE(), Buffer.from(b).readDoubleBE()];
  if (Number.isNaN(left) || Number.isNaN(right))
    return Number(Number.isNaN(left)) - Number(Number.isNaN(right));
  return left - right || 0;
}

/**
 * Negative, zero or positive, by the declared order of the type; NULL comes last. Kinds without an order in the table
 * compare all the same: floats by number, json and arrays bytewise.
 */
export function compareFields(type: FieldType, a: Field, b: Field): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  if (isSigned(type)) {
    const difference = (((a[0] ?? 0) ^ 0x80) - ((b[0] ?? 0) ^ 0x80)) | 0;
    if (difference !== 0) return difference;
  }
  return type.kind === "float" ? compareFloats(a, b) : Buffer.compare(a, b);
}

/** Field by field in declaration order. */
export function compareKeys(types: readonly FieldType[], a: Key, b: Key): number {
  for (let index = 0; index < types.length; index++) {
    const type = types[index];
    if (type === undefined) break;
    const difference = compareFields(type, a[index] ?? null, b[index] ?? null);
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * Bytes whose plain bytewise order is the declared order of the keys: numbers with their sign bit flipped; text and
 * bytes with 00 written as 00 ff and ended by 00 00; before each field 01, for NULL 02 alone.
 */
export function sortableKey(types: readonly FieldType[], key: Key): Buffer {
  const parts: Buffer[] = [];
  types.forEach((type, index) => {
    const field = key[index] ?? null;
    if (field === null) {
      parts.push(Buffer.of(2));
      return;
    }
    parts.push(Buffer.of(1));
    if (type.kind === "text" || type.kind === "bytes") {
      for (const byte of field) parts.push(byte === 0 ? Buffer.of(0, 0xff) : Buffer.of(byte));
      parts.push(Buffer.of(0, 0));
      return;
    }
    const copy = Buffer.from(field);
    if (isSigned(type)) copy[0] = (copy[0] ?? 0) ^ 0x80;
    parts.push(copy);
  });
  return Buffer.concat(parts);
}
