import type { Key } from "../stores/store.ts";
import { channel } from "../util/channel.ts";
import { sleep } from "../util/sleep.ts";
import { fingerprintOf, keyOf, type Pair } from "./groups.ts";
import type { Role } from "./plan.ts";
import type { Sides } from "./sides.ts";
import { isDifference, judge, type Verdict } from "./verdict.ts";

/** Keys that are read again at once. */
const BATCH_KEYS = 5000;
/** Batches that wait for their lag to pass: with `BATCH_KEYS` this bounds the memory. */
const WAITING_BATCHES = 12;
/** Re-reads of a key that is different each time, before it counts as converging. */
const MAX_READS = 4;

interface Candidate {
  readonly key: Key;
  readonly fingerprint: Buffer;
  /** `performance.now()` when it was read. */
  readonly readAtMs: number;
  readonly reads: number;
}

/** What a key came to. The pair and its fingerprint are those of the last read. */
export type OnSettled = (verdict: Verdict | "converging", key: Key, pair: Pair, fingerprint: Buffer) => void;

export interface ConfirmerOptions {
  readonly role: Role;
  readonly lagMs: number;
  readonly signal: AbortSignal;
  readonly onSettled: OnSettled;
}

/**
 * Reads what differed again from both sides, once the lag has passed. A difference counts when it was found twice the
 * same; what has become equal is settled; what is different each time is converging. Verdicts come in the order in
 * which keys were added, those of unstable keys later. Bounded memory: `add` waits.
 */
export class Confirmer {
  readonly #sides: Sides;
  readonly #options: ConfirmerOptions;
  readonly #waiting = channel<readonly Candidate[]>(WAITING_BATCHES);
  readonly #worker: Promise<void>;
  #batch: Candidate[] = [];
  #unstable: Candidate[] = [];

  constructor(sides: Sides, options: ConfirmerOptions) {
    this.#sides = sides;
    this.#options = options;
    this.#worker = this.#run();
    // Whoever adds or finishes hears of it.
    this.#worker.catch(() => {});
  }

  /** Takes a pair that differs. @throws what a re-read failed with */
  async add(pair: Pair): Promise<void> {
    const key = keyOf(pair, this.#sides.projection.keyLength);
    this.#batch.push({ key, fingerprint: fingerprintOf(pair), readAtMs: performance.now(), reads: 1 });
    if (this.#batch.length >= BATCH_KEYS) await this.#flush();
  }

  /** Resolves when every key has its verdict. */
  async finish(): Promise<void> {
    if (this.#batch.length > 0) await this.#flush();
    this.#waiting.close();
    await this.#worker;
  }

  /** Gives up: no verdict comes any more. Never throws. */
  async abandon(reason: unknown): Promise<void> {
    this.#waiting.fail(reason);
    await this.#worker.catch(() => {});
  }

  async #flush(): Promise<void> {
    const batch = this.#batch;
    this.#batch = [];
    try {
      await this.#waiting.send(batch);
    } catch (error) {
      await this.#worker;
      throw error;
    }
  }

  async #run(): Promise<void> {
    for await (const batch of this.#waiting.items) {
      await this.#readAgain(batch);
      if (this.#unstable.length >= BATCH_KEYS) await this.#retry();
    }
    while (this.#unstable.length > 0) await this.#retry();
  }

  async #retry(): Promise<void> {
    const batch = this.#unstable;
    this.#unstable = [];
    await this.#readAgain(batch);
  }

  async #readAgain(batch: readonly Candidate[]): Promise<void> {
    const { role, lagMs, signal, onSettled } = this.#options;
    const readAtMs = batch.at(-1)?.readAtMs ?? 0;
    await sleep(readAtMs + lagMs - performance.now(), signal);
    const keys = batch.map((candidate) => candidate.key);
    const pairs = await this.#sides.lookup(keys, signal);
    const now = performance.now();
    batch.forEach((candidate, index) => {
      const pair = pairs[index];
      if (pair === undefined) return;
      const fingerprint = fingerprintOf(pair);
      const verdict = judge(this.#sides.projection, role, pair);
      const reads = candidate.reads + 1;
      if (!isDifference(verdict) || fingerprint.equals(candidate.fingerprint)) {
        onSettled(verdict, candidate.key, pair, fingerprint);
      } else if (reads > MAX_READS) {
        onSettled("converging", candidate.key, pair, fingerprint);
      } else {
        this.#unstable.push({ key: candidate.key, fingerprint, readAtMs: now, reads });
      }
    });
  }
}
