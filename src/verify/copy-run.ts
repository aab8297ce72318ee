import { DbctlError, EXIT } from "../errors.ts";
import type { LeafDigest, RowBatch } from "../stores/store.ts";
import { Confirmer } from "./confirm.ts";
import { type Difference, DifferenceList } from "./difference.ts";
import { KeyLog } from "./key-log.ts";
import type { Lane } from "./lane.ts";
import { orderedLane } from "./ordered-lane.ts";
import type { CompareOptions, CopyPlan, EntityPlan } from "./plan.ts";
import { probingLane } from "./probing-lane.ts";
import { sidesOf } from "./sides.ts";
import { type Counts, countVerdict, newTally } from "./tally.ts";
import { isDifference } from "./verdict.ts";

export interface CopyOutcome {
  readonly plan: CopyPlan;
  readonly counts: Counts;
  /** The first ones, in key order. */
  readonly differences: readonly Difference[];
  /** Every difference's key, when the options ask to remember them. */
  readonly keys: KeyLog;
  readonly durationMs: number;
  /** Why an optional copy could not be compared to the end: its counts then mean nothing. */
  readonly failure: DbctlError | null;
}

/** The comparison of one copy while it runs. */
export class CopyRun {
  /** Rejects with what went wrong, unless it is a failure of an optional copy's store. */
  readonly done: Promise<void>;
  readonly #plan: CopyPlan;
  readonly #signal: AbortSignal;
  readonly #lane: Lane;
  readonly #tally = newTally();
  readonly #keys = new KeyLog();
  readonly #differences: DifferenceList;
  readonly #startedMs = performance.now();
  #durationMs = 0;
  #failure: DbctlError | null = null;

  constructor({ source, snapshot }: EntityPlan, plan: CopyPlan, options: CompareOptions) {
    const { signal } = options;
    this.#plan = plan;
    this.#signal = signal;
    this.#differences = new DifferenceList(plan.expected, options.limit);
    const sides = sidesOf(source, plan);
    const confirmer = new Confirmer(sides, {
      role: plan.role,
      lagMs: plan.lagMs,
      signal,
      onSettled: (verdict, key, pair, fingerprint) => {
        countVerdict(this.#tally, verdict);
        if (verdict === "converging" || !isDifference(verdict)) return;
        this.#differences.add(verdict, key, pair);
        if (options.rememberKeys) this.#keys.add({ kind: verdict, key, fingerprint });
      },
    });
    const input = { source, sourceRead: { signal, snapshot }, plan, sides, confirmer, tally: this.#tally };
    const { ordered } = plan.collection;
    this.#lane = ordered === undefined ? probingLane(input) : orderedLane(input, ordered);
    this.done = this.#run(confirmer);
  }

  async push(batch: RowBatch, leaves: readonly LeafDigest[]): Promise<void> {
    await this.#feed(this.#lane.push(batch, leaves));
  }

  async end(leaf: LeafDigest): Promise<void> {
    await this.#feed(this.#lane.end(leaf));
  }

  /** The scan of the source has failed. */
  fail(error: unknown): void {
    this.#lane.fail(error);
  }

  /** Once `done` has resolved. */
  outcome(): CopyOutcome {
    return {
      plan: this.#plan,
      counts: this.#tally,
      differences: this.#differences.differences,
      keys: this.#keys,
      durationMs: this.#durationMs,
      failure: this.#failure,
    };
  }

  async #run(confirmer: Confirmer): Promise<void> {
    try {
      await this.#lane.run(this.#signal);
      await confirmer.finish();
    } catch (error) {
      await confirmer.abandon(error);
      if (!this.#isTolerable(error)) throw error;
      this.#failure = error;
    } finally {
      this.#durationMs = performance.now() - this.#startedMs;
    }
  }

  /** An optional copy that has failed takes nothing any more, and the others go on. */
  async #feed(sent: Promise<void>): Promise<void> {
    try {
      await sent;
    } catch (error) {
      if (!this.#plan.optional || this.#signal.aborted) throw error;
    }
  }

  #isTolerable(error: unknown): error is DbctlError {
    return (
      this.#plan.optional &&
      error instanceof DbctlError &&
      error.store === this.#plan.collection.ref.store &&
      (error.exitStatus === EXIT.unreachable || error.exitStatus === EXIT.denied)
    );
  }
}
