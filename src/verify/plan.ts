import type { Collection, Projection, Snapshot, StoreName } from "../stores/store.ts";

/**
 * What a copy is to its source: a projection must match, a cache entry may be absent but not different, an archive may
 * hold rows that have left the source.
 */
export type Role = "projection" | "cache" | "archive";

/** One copy to be compared with its source. */
export interface CopyPlan {
  readonly collection: Collection;
  readonly role: Role;
  /** What of the source the copy should hold: under it both encode the same tuples. */
  readonly expected: Projection;
  /** For every read of the comparison; re-reads of what differs go without. */
  readonly snapshot: Snapshot | undefined;
  /** How long a write may travel from the source to this copy, in ms: what differs is read again after it. */
  readonly lagMs: number;
  /** A failure of the copy's store leaves the copy unchecked instead of ending the run. */
  readonly optional: boolean;
}

export interface EntityPlan {
  readonly name: string;
  /** All fields of the entity; it keeps order. */
  readonly source: Collection;
  readonly snapshot: Snapshot | undefined;
  readonly copies: readonly CopyPlan[];
}

export interface CompareOptions {
  readonly signal: AbortSignal;
  /** Differences of one copy that are kept with their values; all are counted. */
  readonly limit: number;
  /** Remember the key of every difference, for a repair. */
  readonly rememberKeys: boolean;
  /** Rows of the source read so far. */
  readonly onRows?: ((rows: number) => void) | undefined;
}

/** `postgres:executions`, as reports name a collection. */
export function collectionName(ref: { readonly store: StoreName; readonly name: string }): string {
  return `${ref.store}:${ref.name}`;
}
