import { encodeTuple, tupleEnd, tupleFields } from "../encoding/tuple.ts";
import type { Field, Key } from "../stores/store.ts";
import { DIFFERENCE_KINDS, type DifferenceKind } from "./verdict.ts";

/** A key that differed, and what both sides held of it. */
export interface LoggedKey {
  readonly kind: DifferenceKind;
  readonly key: Key;
  readonly fingerprint: Uint8Array;
}

const CHUNK_BYTES = 1 << 20;

/** Keys of all differences of one copy, in compact form: some 50 bytes more than the key for each. */
export class KeyLog {
  #chunks: Buffer[] = [];
  #open: Uint8Array[] = [];
  #openBytes = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add({ kind, key, fingerprint }: LoggedKey): void {
    const entry = encodeTuple([Buffer.of(DIFFERENCE_KINDS.indexOf(kind)), fingerprint, ...key]);
    this.#open.push(entry);
    this.#openBytes += entry.length;
    this.#size++;
    if (this.#openBytes >= CHUNK_BYTES) this.#pack();
  }

  /** In the order of adding, at most `limit` at a time. */
  *batches(limit: number): Generator<readonly LoggedKey[]> {
    this.#pack();
    let batch: LoggedKey[] = [];
    for (const chunk of this.#chunks) {
      for (let offset = 0; offset < chunk.length; ) {
        const end = tupleEnd(chunk, offset);
        batch.push(readEntry(chunk.subarray(offset, end)));
        offset = end;
        if (batch.length < limit) continue;
        yield batch;
        batch = [];
      }
    }
    if (batch.length > 0) yield batch;
  }

  #pack(): void {
    if (this.#open.length === 0) return;
    this.#chunks.push(Buffer.concat(this.#open));
    this.#open = [];
    this.#openBytes = 0;
  }
}

function readEntry(entry: Uint8Array): LoggedKey {
  const [kind, fingerprint, ...key]: Field[] = tupleFields(entry);
  return {
    kind: DIFFERENCE_KINDS[kind?.[0] ?? 0] ?? "different",
    key,
    fingerprint: fingerprint ?? new Uint8Array(),
  };
}
