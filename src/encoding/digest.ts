import { createHash, type Hash } from "node:crypto";

/** Rows of a leaf that enters a root. */
export const ROWS_PER_LEAF = 1024;

/** SHA-256 over leaf digests, in order. */
export function rootOfLeaves(leaves: Iterable<Uint8Array>): Buffer {
  const hash = createHash("sha256");
  for (const leaf of leaves) hash.update(leaf);
  return hash.digest();
}

/** Cuts an ordered stream of row encodings into leaves of 1,024 rows and hashes them to a root. */
export class RootHasher {
  readonly #root: Hash = createHash("sha256");
  #leaf: Hash = createHash("sha256");
  #rowsInLeaf = 0;
  #rows = 0;

  /** `tuple` is the next row in key order. */
  add(tuple: Uint8Array): void {
    this.#leaf.update(tuple);
    this.#rows++;
    if (++this.#rowsInLeaf === ROWS_PER_LEAF) this.#closeLeaf();
  }

  get rows(): number {
    return this.#rows;
  }

  /** The root; nothing may be added afterwards. */
  digest(): Buffer {
    if (this.#rowsInLeaf > 0) this.#closeLeaf();
    return this.#root.digest();
  }

  #closeLeaf(): void {
    this.#root.update(this.#leaf.digest());
    this.#leaf = createHash("sha256");
    this.#rowsInLeaf = 0;
  }
}
