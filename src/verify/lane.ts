import type { Collection, LeafDigest, ReadOptions, RowBatch } from "../stores/store.ts";
import type { Confirmer } from "./confirm.ts";
import type { CopyPlan } from "./plan.ts";
import type { Sides } from "./sides.ts";
import type { Tally } from "./tally.ts";

/** One copy's part in a comparison: it is fed by the one scan of the source and runs beside it. */
export interface Lane {
  /** The next rows of the source as the copy should hold them, and the leaves that they complete. May wait. */
  push(batch: RowBatch, leaves: readonly LeafDigest[]): Promise<void>;
  /** Nothing more comes but this last leaf. */
  end(leaf: LeafDigest): Promise<void>;
  /** The scan of the source has failed. */
  fail(error: unknown): void;
  /** Compares until the end; pairs that differ have gone to the confirmer. */
  run(signal: AbortSignal): Promise<void>;
}

export interface LaneInput {
  readonly source: Collection;
  readonly sourceRead: ReadOptions;
  readonly plan: CopyPlan;
  readonly sides: Sides;
  readonly confirmer: Confirmer;
  readonly tally: Tally;
}
