/** What a store offers for one table, index or key pattern. */
import type { CollectionRef, Key, KeyRange, LeafDigest, Projection, RowBatch } from "./row.ts";

/** A point in time that reads share until it is released. */
export interface Snapshot {
  /** Recorded in reports and manifests: snapshot id and LSN, part list, … */
  readonly point: Readonly<Record<string, string>>;
  /** Idempotent; never throws. */
  release(): Promise<void>;
}

export interface ReadOptions {
  /** Aborting ends the call within 100 ms with CANCELLED, an iteration at its next item. */
  readonly signal: AbortSignal;
  /** From `snapshot()` of the same store; only where the traits say `snapshotReads`. */
  readonly snapshot?: Snapshot | undefined;
}

export interface WriteOptions {
  readonly signal: AbortSignal;
  /** `insert`: the caller knows that no key is there yet (fastest). `upsert`: the row replaces whatever has its key. */
  readonly mode: "insert" | "upsert";
}

export interface LoadReport {
  /** Rows written; with the rejected ones, all that came. */
  readonly rows: number;
  /**
   * Rows that the engine refused (NULL where it may not be, a check, a key that is there already under `insert`) or
   * can't hold exactly, with the reason; at most 100 are kept, `rejectedCount` counts all. The others are written.
   */
  readonly rejected: readonly { readonly key: Key; readonly reason: string }[];
  readonly rejectedCount: number;
}

/**
 * One table, index or key pattern under one projection. A capability that the engine lacks is an absent property.
 * `where` applies to count, scan, keys and ordered reads, not to lookup, load and remove. With a snapshot a read sees
 * the state of that moment. Every call after the store's `close`, and every one under way then, fails with
 * STORE_CLOSED.
 */
export interface Collection {
  readonly ref: CollectionRef;
  readonly projection: Projection;
  /** Rows that `where` lets through. */
  count(options: ReadOptions): Promise<number>;
  /** Every row at least once, in any order, in batches of about a megabyte; bounded memory. */
  scan(options: ReadOptions): AsyncIterable<RowBatch>;
  /**
   * The rows of these keys in the order asked for, a key asked for twice answered twice: an empty list where there is
   * none, more than one, ordered by their encoding, where the engine holds duplicates.
   */
  lookup(keys: readonly Key[], options: ReadOptions): Promise<readonly (readonly Uint8Array[])[]>;
  /** Every key at least once, in any order. */
  keys(options: ReadOptions): AsyncIterable<readonly Key[]>;
  /**
   * Writes rows encoded under this projection; visible to every read after it resolves. Of several rows of one key
   * in an `upsert` the last one stays. Reports per row what was refused; never stops half-way without saying so.
   * Columns outside the projection keep their value where the engine can, else take their default.
   * @throws the error that stopped it, with `data.rowsWritten`; whatever `rows` throws is thrown as it is
   */
  load(rows: AsyncIterable<RowBatch>, options: WriteOptions): Promise<LoadReport>;
  /** Deletes every row of these keys; returns how many different keys were there. Visible when it resolves. */
  remove(keys: readonly Key[], options: { readonly signal: AbortSignal }): Promise<number>;
  /** Where the engine keeps order. */
  readonly ordered?: OrderedReads;
}

export interface OrderedReads {
  /**
   * Ascending ranges that together cover everything (first `from` and last `to` null), each of `rowsPerLeaf` rows by
   * rank, the last of at most as many; one range when there is no row. Rows of one key are never parted, so where the
   * engine holds duplicates a range may have more or fewer.
   */
  split(rowsPerLeaf: number, options: ReadOptions): Promise<readonly KeyRange[]>;
  /** Every row of the range in key order, duplicates (if the engine has them) next to each other, ordered by their encoding. */
  scan(range: KeyRange, options: ReadOptions): AsyncIterable<RowBatch>;
  /**
   * Computed in the engine; equals the digest of `scan` over the same range. `ranges` are disjoint and ascending;
   * yields in their order.
   */
  digest?(ranges: readonly KeyRange[], options: ReadOptions): AsyncIterable<LeafDigest>;
}
