import { viewOf } from "../encoding/view.ts";
import type { Collection, Projection, Snapshot } from "../stores/store.ts";
import { fanOut, type TargetReport } from "./fan-out.ts";
import { loadMode } from "./mode.ts";

export interface SyncCopy {
  readonly collection: Collection;
  /** The same without a `where`. */
  readonly whole: Collection;
  /** The part of the source that the copy should hold. */
  readonly expected: Projection;
}

/**
 * Writes to every copy what it should hold of the source, in one scan of the source and in bounded memory. Rows replace
 * those of the same key; rows that the source lacks stay. Idempotent. Reports in the order of `copies`.
 * @throws what the source or a copy failed with first
 */
export async function syncCopies(
  source: Collection,
  copies: readonly SyncCopy[],
  options: {
    readonly signal: AbortSignal;
    readonly snapshot: Snapshot | undefined;
    readonly onRows?: ((rows: number) => void) | undefined;
  },
): Promise<readonly TargetReport[]> {
  const { signal, snapshot, onRows } = options;
  const targets = await Promise.all(
    copies.map(async ({ collection, whole, expected }) => ({
      collection,
      view: viewOf(source.projection, expected),
      mode: await loadMode(whole, signal),
    })),
  );
  return fanOut(source.scan({ signal, snapshot }), targets, { signal, onRows });
}
