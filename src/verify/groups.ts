import { hash } from "node:crypto";
import { compareKeys } from "../encoding/order.ts";
import { tupleFields, tupleKey, tuples } from "../encoding/tuple.ts";
import type { FieldType } from "../encoding/types.ts";
import type { Key, Projection, RowBatch } from "../stores/store.ts";

/** The rows that one key has in one store, ordered by their encoding: none, one, or duplicates. */
export type Group = readonly Uint8Array[];

/** Of duplicates no more are looked at: they differ anyhow. */
const MAX_GROUP_ROWS = 1000;

const FIELD_COUNT_BYTES = 2;
const LENGTH_BYTES = 4;

export const NO_ROWS: Group = [];

/** Looked-up rows of one key as a group. */
export function groupOf(rows: readonly Uint8Array[]): Group {
  return rows.length < 2 ? rows : [...rows].sort(Buffer.compare).slice(0, MAX_GROUP_ROWS);
}

/** Groups of an ordered stream, as many at a time as a batch completes. */
export async function* groupsOf(
  rows: AsyncIterable<RowBatch>,
  keyLength: number,
): AsyncGenerator<readonly Group[]> {
  let open: Uint8Array[] = [];
  for await (const batch of rows) {
    const groups: Group[] = [];
    for (const tuple of tuples(batch)) {
      const first = open[0];
      if (first === undefined) {
        open.push(tuple);
      } else if (sameKey(first, tuple, keyLength)) {
        if (open.length < MAX_GROUP_ROWS) open.push(tuple);
      } else {
        groups.push(open);
        open = [tuple];
      }
    }
    if (groups.length > 0) yield groups;
  }
  if (open.length > 0) yield [open];
}

/** What a key has on both sides of a comparison. */
export interface Pair {
  readonly source: Group;
  readonly copy: Group;
}

/** Merges two ordered streams of groups: every key of either side once, in key order. Bounded memory. */
export async function* mergeGroups(
  { fields, keyLength }: Projection,
  source: AsyncIterable<RowBatch>,
  copy: AsyncIterable<RowBatch>,
): AsyncGenerator<readonly Pair[]> {
  const types = fields.slice(0, keyLength).map((field) => field.type);
  const left = new GroupReader(source, keyLength);
  const right = new GroupReader(copy, keyLength);
  try {
    for (;;) {
      await Promise.all([left.fill(), right.fill()]);
      if (left.head === null && right.head === null) return;
      yield mergeHeads(types, keyLength, left, right);
    }
  } finally {
    await Promise.allSettled([left.close(), right.close()]);
  }
}

/** Pairs until one side has to read on. */
function mergeHeads(
  types: readonly FieldType[],
  keyLength: number,
  left: GroupReader,
  right: GroupReader,
): readonly Pair[] {
  const pairs: Pair[] = [];
  while ((left.head !== null || left.ended) && (right.head !== null || right.ended)) {
    const a = left.head;
    const b = right.head;
    if (a === null && b === null) break;
    const order = compareHeads(types, keyLength, a, b);
    pairs.push({
      source: a !== null && order <= 0 ? a : NO_ROWS,
      copy: b !== null && order >= 0 ? b : NO_ROWS,
    });
    if (order <= 0) left.advance();
    if (order >= 0) right.advance();
  }
  return pairs;
}

function compareHeads(types: readonly FieldType[], keyLength: number, a: Group | null, b: Group | null) {
  const left = a?.[0];
  const right = b?.[0];
  if (left === undefined) return 1;
  if (right === undefined) return -1;
  if (sameKey(left, right, keyLength)) return 0;
  return compareKeys(types, tupleFields(left, keyLength), tupleFields(right, keyLength));
}

/** Keys stand first in a tuple, and equal keys have equal bytes. */
function sameKey(a: Uint8Array, b: Uint8Array, keyLength: number): boolean {
  const end = keyEnd(a, keyLength);
  if (end > b.length) return false;
  for (let index = FIELD_COUNT_BYTES; index < end; index++) if (a[index] !== b[index]) return false;
  return true;
}

function keyEnd(tuple: Uint8Array, keyLength: number): number {
  let position = FIELD_COUNT_BYTES;
  for (let field = 0; field < keyLength; field++) {
    const length =
      ((tuple[position] ?? 0) << 24) |
      ((tuple[position + 1] ?? 0) << 16) |
      ((tuple[position + 2] ?? 0) << 8) |
      (tuple[position + 3] ?? 0);
    position += LENGTH_BYTES + Math.max(0, length);
  }
  return position;
}

/** A digest of what both sides hold of one key: equal exactly when neither side has changed. */
export function fingerprintOf({ source, copy }: Pair): Buffer {
  const sides = [source, copy].flatMap((group) => {
    const count = Buffer.alloc(4);
    count.writeUInt32BE(group.length);
    return [count, ...group];
  });
  return hash("sha256", Buffer.concat(sides), "buffer");
}

/** The key that the rows of a pair share, copied. */
export function keyOf({ source, copy }: Pair, keyLength: number): Key {
  const tuple = source[0] ?? copy[0];
  if (tuple === undefined) throw new RangeError("a pair without rows has no key");
  return tupleKey(tuple, keyLength);
}

class GroupReader {
  readonly #iterator: AsyncIterator<readonly Group[]>;
  #groups: readonly Group[] = [];
  #index = 0;
  /** Nothing is left, not even in hand. */
  ended = false;

  constructor(rows: AsyncIterable<RowBatch>, keyLength: number) {
    this.#iterator = groupsOf(rows, keyLength)[Symbol.asyncIterator]();
  }

  get head(): Group | null {
    return this.#groups[this.#index] ?? null;
  }

  advance(): void {
    this.#index++;
  }

  /** Afterwards there is a head, or the stream has ended. */
  async fill(): Promise<void> {
    while (!this.ended && this.head === null) {
      const next = await this.#iterator.next();
      this.ended = next.done === true;
      this.#groups = next.done === true ? [] : next.value;
      this.#index = 0;
    }
  }

  /** Ends the stream, also before its end. */
  async close(): Promise<void> {
    await this.#iterator.return?.(undefined);
  }
}
