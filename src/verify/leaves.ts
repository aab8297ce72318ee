import { createHash, type Hash } from "node:crypto";
import { ROWS_PER_LEAF } from "../encoding/digest.ts";
import { compareKeys } from "../encoding/order.ts";
import { tupleEnd, tupleKey } from "../encoding/tuple.ts";
import type { FieldType } from "../encoding/types.ts";
import { DbctlError } from "../errors.ts";
import type { Key, LeafDigest, Projection, RowBatch } from "../stores/store.ts";

/**
 * Cuts an ordered stream of rows into leaves of 1,024 rows by rank. Their ranges touch and cover everything: the first
 * begins and the last ends unbounded, so that what a copy holds beside the stream falls into one of them.
 */
export class LeafCutter {
  readonly #keyLength: number;
  readonly #keyTypes: readonly FieldType[];
  readonly #root: Hash = createHash("sha256");
  #hash: Hash = createHash("sha256");
  #rowsInLeaf = 0;
  #rows = 0;
  /** First key of the open leaf, or of the last one when none is open. */
  #first: Key | null = null;
  /** The last full leaf, until its successor's first key is known; `from` is null for the very first. */
  #waiting: { readonly from: Key | null; readonly rows: number; readonly sha256: Buffer } | null = null;
  #closed = 0;

  constructor(projection: Projection) {
    this.#keyLength = projection.keyLength;
    this.#keyTypes = projection.fields.slice(0, projection.keyLength).map((field) => field.type);
  }

  /** Rows so far. */
  get rows(): number {
    return this.#rows;
  }

  /** Takes the next rows in key order; returns the leaves that they complete. @throws INTERNAL when order is broken */
  push(batch: RowBatch): LeafDigest[] {
    const { bytes } = batch;
    const leaves: LeafDigest[] = [];
    let hashed = 0;
    for (let offset = 0; offset < bytes.length; ) {
      const end = tupleEnd(bytes, offset);
      if (this.#rowsInLeaf === 0) leaves.push(...this.#open(bytes.subarray(offset, end)));
      offset = end;
      this.#rows++;
      if (++this.#rowsInLeaf === ROWS_PER_LEAF) {
        this.#hash.update(bytes.subarray(hashed, end));
        this.#close();
        hashed = end;
      }
    }
    if (hashed < bytes.length) this.#hash.update(bytes.subarray(hashed));
    return leaves;
  }

  /** The last leaf (empty when there were no rows at all) and the root over all. Nothing may be pushed afterwards. */
  end(): { readonly leaf: LeafDigest; readonly root: Buffer } {
    if (this.#rowsInLeaf > 0) this.#close();
    const [last] = this.#emit(null);
    const leaf = last ?? { range: { from: null, to: null }, rows: 0, sha256: this.#hash.digest() };
    return { leaf, root: this.#root.digest() };
  }

  #open(tuple: Uint8Array): LeafDigest[] {
    const key = tupleKey(tuple, this.#keyLength);
    if (this.#first !== null && compareKeys(this.#keyTypes, this.#first, key) > 0) {
      throw new DbctlError("INTERNAL", "an ordered scan did not return its rows in key order");
    }
    this.#first = key;
    return this.#emit(key);
  }

  #close(): void {
    const sha256 = this.#hash.digest();
    this.#root.update(sha256);
    this.#waiting = { from: this.#closed++ === 0 ? null : this.#first, rows: this.#rowsInLeaf, sha256 };
    this.#hash = createHash("sha256");
    this.#rowsInLeaf = 0;
  }

  #emit(to: Key | null): LeafDigest[] {
    const waiting = this.#waiting;
    if (waiting === null) return [];
    this.#waiting = null;
    return [{ range: { from: waiting.from, to }, rows: waiting.rows, sha256: waiting.sha256 }];
  }
}
