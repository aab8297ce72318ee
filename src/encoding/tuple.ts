import { DbctlError } from "../errors.ts";
import type { Field, Key, RowBatch } from "../stores/store.ts";

const FIELD_COUNT_BYTES = 2;
const LENGTH_BYTES = 4;

function damaged(offset: number): DbctlError {
  return new DbctlError("DATA_CORRUPT", `a row encoding is damaged at byte ${offset}`);
}

/** Offset just behind the tuple that starts at `offset`. @throws DATA_CORRUPT when it is none or runs over the end */
export function tupleEnd(bytes: Uint8Array, offset: number): number {
  const size = bytes.length;
  if (offset + FIELD_COUNT_BYTES > size) throw damaged(offset);
  let count = readInt16(bytes, offset);
  let position = offset + FIELD_COUNT_BYTES;
  if (count < 0) throw damaged(offset);
  for (; count > 0; count--) {
    if (position + LENGTH_BYTES > size) throw damaged(position);
    const length = readInt32(bytes, position);
    if (length < -1) throw damaged(position);
    position += length > 0 ? LENGTH_BYTES + length : LENGTH_BYTES;
  }
  if (position > size) throw damaged(offset);
  return position;
}

/** The tuples of a batch, as views into its bytes. */
export function* tuples(batch: RowBatch): Generator<Uint8Array> {
  let offset = 0;
  while (offset < batch.bytes.length) {
    const end = tupleEnd(batch.bytes, offset);
    yield batch.bytes.subarray(offset, end);
    offset = end;
  }
}

/** The first `limit` fields of a tuple (all when left out), as views into its bytes. @throws DATA_CORRUPT */
export function tupleFields(tuple: Uint8Array, limit = Number.POSITIVE_INFINITY): Field[] {
  if (tuple.length < FIELD_COUNT_BYTES) throw damaged(0);
  const count = Math.min(readInt16(tuple, 0), limit);
  if (count < 0) throw damaged(0);
  const fields: Field[] = [];
  let position = FIELD_COUNT_BYTES;
  for (let index = 0; index < count; index++) {
    if (position + LENGTH_BYTES > tuple.length) throw damaged(position);
    const length = readInt32(tuple, position);
    position += LENGTH_BYTES;
    if (length < -1 || position + length > tuple.length) throw damaged(position);
    fields.push(length < 0 ? null : tuple.subarray(position, position + length));
    if (length > 0) position += length;
  }
  return fields;
}

/** The key of a tuple, copied: it may outlive the batch. (A Buffer's own `slice` would not copy.) */
export function tupleKey(tuple: Uint8Array, keyLength: number): Key {
  return tupleFields(tuple, keyLength).map((field) => field && new Uint8Array(field));
}

export function encodeTuple(fields: readonly Field[]): Uint8Array {
  let size = FIELD_COUNT_BYTES;
  for (const field of fields) size += LENGTH_BYTES + (field?.length ?? 0);
  const tuple = Buffer.allocUnsafe(size);
  tuple.writeInt16BE(fields.length, 0);
  let position = FIELD_COUNT_BYTES;
  for (const field of fields) {
    position = tuple.writeInt32BE(field?.length ?? -1, position);
    if (field !== null) {
      tuple.set(field, position);
      position += field.length;
    }
  }
  return tuple;
}

const LEAST_CAPACITY = 1 << 14;

/** Collects tuples and hands them out as batches of about `targetBytes`. Copies what it is given. */
export class BatchBuilder {
  readonly #targetBytes: number;
  #bytes = Buffer.alloc(0);
  #size = 0;
  #rows = 0;
  /** What the last batch took: so will the next one. */
  #capacity = LEAST_CAPACITY;

  constructor(targetBytes = 1 << 20) {
    this.#targetBytes = targetBytes;
  }

  /** Returns a batch when it is full. */
  add(tuple: Uint8Array): RowBatch | null {
    const end = this.#size + tuple.length;
    if (end > this.#bytes.length) this.#grow(end);
    this.#bytes.set(tuple, this.#size);
    this.#size = end;
    this.#rows++;
    return end >= this.#targetBytes ? this.take() : null;
  }

  /** What is left; null when there is nothing. */
  take(): RowBatch | null {
    if (this.#rows === 0) return null;
    const batch = { rows: this.#rows, bytes: this.#bytes.subarray(0, this.#size) };
    this.#capacity = this.#size + LEAST_CAPACITY;
    this.#bytes = Buffer.alloc(0);
    this.#size = 0;
    this.#rows = 0;
    return batch;
  }

  #grow(needed: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2, this.#capacity));
    this.#bytes.copy(grown, 0, 0, this.#size);
    this.#bytes = grown;
  }
}

function readInt16(bytes: Uint8Array, offset: number): number {
  return ((((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0)) << 16) >> 16;
}

function readInt32(bytes: Uint8Array, offset: number): number {
  return (
    ((bytes[offset] ?? 0) << 24) |
    ((bytes[offset + 1] ?? 0) << 16) |
    ((bytes[offset + 2] ?? 0) << 8) |
    (bytes[offset + 3] ?? 0)
  );
}
