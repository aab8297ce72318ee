import type { Predicate, Projection, RowBatch } from "../stores/store.ts";
import { matches } from "./predicate.ts";

/** Rows read under a wide projection as a narrower one would encode them. */
export interface View {
  readonly projection: Projection;
  /** True when every scanned row passes unchanged: then `batch` returns what it was given. */
  readonly identity: boolean;
  /** The rows of a batch that `where` lets through, re-encoded, in their order; null when none is left. */
  batch(batch: RowBatch): RowBatch | null;
  /** One row, whether it was scanned or looked up; null when `where` does not let it through. */
  tuple(tuple: Uint8Array): Uint8Array | null;
}

const FIELD_COUNT_BYTES = 2;
const LENGTH_BYTES = 4;

interface Check {
  readonly index: number;
  readonly predicate: Predicate;
}

/**
 * The view of `narrow` on rows of `wide`, field by field name; both must declare the same types.
 * @throws RangeError when `narrow` reads or filters by a field that `wide` lacks
 */
export function viewOf(wide: Projection, narrow: Projection): View {
  const positions = new Map(wide.fields.map((field, index) => [field.name, index]));
  const indexOf = (name: string): number => {
    const index = positions.get(name);
    if (index === undefined) throw new RangeError(`the projection holds no field ${name}`);
    return index;
  };
  const picked = narrow.fields.map((field) => indexOf(field.name));
  const checks = narrow.where.map((predicate) => ({ index: indexOf(predicate.field.name), predicate }));
  const sameFields = picked.length === wide.fields.length && picked.every((from, to) => from === to);
  const rewriter = new Rewriter(wide.fields.length, sameFields ? null : picked, checks);
  const identity = sameFields && checks.length === 0;
  return {
    projection: narrow,
    identity,
    batch: (batch) => (identity ? batch : rewriter.batch(batch)),
    tuple: (tuple) => (identity ? tuple : rewriter.tuple(tuple)),
  };
}

class Rewriter {
  /** Where each field of the current tuple begins (its length prefix); one more entry for the tuple's end. */
  readonly #starts: Int32Array;
  readonly #picked: readonly number[] | null;
  readonly #checks: readonly Check[];

  constructor(width: number, picked: readonly number[] | null, checks: readonly Check[]) {
    this.#starts = new Int32Array(width + 1);
    this.#picked = picked;
    this.#checks = checks;
  }

  batch(batch: RowBatch): RowBatch | null {
    const bytes = asBuffer(batch.bytes);
    const target = Buffer.allocUnsafe(bytes.length);
    let rows = 0;
    let written = 0;
    for (let offset = 0; offset < bytes.length; ) {
      const end = this.#locate(bytes, offset);
      if (this.#passes(bytes)) {
        written = this.#write(bytes, offset, target, written);
        rows++;
      }
      offset = end;
    }
    return rows === 0 ? null : { rows, bytes: target.subarray(0, written) };
  }

  tuple(tuple: Uint8Array): Uint8Array | null {
    const bytes = asBuffer(tuple);
    this.#locate(bytes, 0);
    if (!this.#passes(bytes)) return null;
    if (this.#picked === null) return tuple;
    const target = Buffer.allocUnsafe(tuple.length);
    return target.subarray(0, this.#write(bytes, 0, target, 0));
  }

  #locate(bytes: Buffer, offset: number): number {
    const width = this.#starts.length - 1;
    let position = offset + FIELD_COUNT_BYTES;
    for (let index = 0; index < width; index++) {
      this.#starts[index] = position;
      const length = bytes.readInt32BE(position);
      position += LENGTH_BYTES + Math.max(0, length);
    }
    this.#starts[width] = position;
    return position;
  }

  #passes(bytes: Buffer): boolean {
    for (const { index, predicate } of this.#checks) {
      const start = this.#starts[index] ?? 0;
      const length = bytes.readInt32BE(start);
      const from = start + LENGTH_BYTES;
      if (!matches(predicate, length < 0 ? null : bytes.subarray(from, from + length))) return false;
    }
    return true;
  }

  /** Writes the current tuple, which begins at `offset`, and returns where it ends in `target`. */
  #write(bytes: Buffer, offset: number, target: Buffer, at: number): number {
    const picked = this.#picked;
    if (picked === null) {
      return at + bytes.copy(target, at, offset, this.#starts[this.#starts.length - 1]);
    }
    let position = target.writeInt16BE(picked.length, at);
    for (const index of picked) {
      position += bytes.copy(target, position, this.#starts[index], this.#starts[index + 1]);
    }
    return position;
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
