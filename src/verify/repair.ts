import { BatchBuilder } from "../encoding/tuple.ts";
import type { Collection, Key, RowBatch, WriteOptions } from "../stores/store.ts";
import { keyTexts } from "./difference.ts";
import { fingerprintOf, type Pair } from "./groups.ts";
import type { KeyLog, LoggedKey } from "./key-log.ts";
import type { CopyPlan } from "./plan.ts";
import { type Sides, sidesOf } from "./sides.ts";

/** Keys that are read again, and then written, at once. */
const BATCH_KEYS = 10_000;
/** Refused rows that are kept with the engine's reason; all are counted. */
const MAX_REJECTED = 100;

export interface RepairTarget {
  readonly source: Collection;
  readonly copy: CopyPlan;
  /** What a comparison found. */
  readonly keys: KeyLog;
}

export interface RepairOptions {
  readonly signal: AbortSignal;
  readonly deleteExtra: boolean;
  /** Read and count, write nothing. */
  readonly dryRun: boolean;
  /** Actions of one copy that are listed; all are counted. */
  readonly limit: number;
}

/** `replace`: the copy's rows of the key are deleted first, since it held several. */
export type RepairVerb = "write" | "replace" | "delete";

export interface RepairAction {
  readonly action: RepairVerb;
  readonly key: Readonly<Record<string, string | null>>;
}

/** What was done to one copy, or would be in a dry run. */
export interface RepairOutcome {
  written: number;
  deleted: number;
  /** Left alone: either side has changed since they were compared. */
  changed: number;
  /** Left alone for want of `deleteExtra`. */
  extrasKept: number;
  /** Left alone: the source itself holds the key several times. */
  ambiguous: number;
  /** Refused by the copy's store. */
  rejectedCount: number;
  readonly rejected: { readonly key: Readonly<Record<string, string | null>>; readonly reason: string }[];
  readonly actions: RepairAction[];
}

/**
 * Brings the copies to the state of their sources on exactly the keys that a comparison found: each is read again from
 * both sides and left alone when it has changed since. First everything is written, in the order of the targets, then
 * extras are deleted, in reverse: rows come before those that refer to them. Idempotent.
 */
export async function repair(
  targets: readonly RepairTarget[],
  options: RepairOptions,
): Promise<readonly RepairOutcome[]> {
  const repairs = targets.map((target) => new CopyRepair(target, options));
  for (const each of repairs) await each.write();
  for (const each of repairs.toReversed()) await each.deleteExtras();
  return repairs.map((each) => each.outcome);
}

interface Confirmed {
  readonly logged: LoggedKey;
  readonly pair: Pair;
}

class CopyRepair {
  readonly outcome: RepairOutcome = {
    written: 0,
    deleted: 0,
    changed: 0,
    extrasKept: 0,
    ambiguous: 0,
    rejectedCount: 0,
    rejected: [],
    actions: [],
  };
  readonly #target: RepairTarget;
  readonly #options: RepairOptions;
  readonly #sides: Sides;

  constructor(target: RepairTarget, options: RepairOptions) {
    this.#target = target;
    this.#options = options;
    this.#sides = sidesOf(target.source, target.copy);
  }

  async write(): Promise<void> {
    for (const batch of this.#target.keys.batches(BATCH_KEYS)) {
      const wanted = batch.filter(({ kind }) => kind !== "extra");
      const confirmed = await this.#readAgain(wanted);
      const writable = confirmed.filter(({ pair }) => pair.source.length === 1);
      this.outcome.ambiguous += confirmed.length - writable.length;
      await this.#writeAll(writable.filter(({ logged }) => logged.kind !== "duplicate"));
      await this.#replaceAll(writable.filter(({ logged }) => logged.kind === "duplicate"));
    }
  }

  async deleteExtras(): Promise<void> {
    for (const batch of this.#target.keys.batches(BATCH_KEYS)) {
      const extras = batch.filter(({ kind }) => kind === "extra");
      if (!this.#options.deleteExtra || this.#target.copy.role === "archive") {
        this.outcome.extrasKept += extras.length;
        continue;
      }
      const keys = (await this.#readAgain(extras)).map(({ logged }) => logged.key);
      this.#list("delete", keys);
      this.outcome.deleted += this.#options.dryRun ? keys.length : await this.#remove(keys);
    }
  }

  async #readAgain(batch: readonly LoggedKey[]): Promise<readonly Confirmed[]> {
    if (batch.length === 0) return [];
    const pairs = await this.#sides.lookup(
      batch.map(({ key }) => key),
      this.#options.signal,
    );
    const confirmed = batch.flatMap((logged, index) => {
      const pair = pairs[index];
      return pair !== undefined && fingerprintOf(pair).equals(logged.fingerprint) ? [{ logged, pair }] : [];
    });
    this.outcome.changed += batch.length - confirmed.length;
    return confirmed;
  }

  async #writeAll(rows: readonly Confirmed[]): Promise<void> {
    this.#list("write", keysOf(rows));
    await this.#load(rows, "upsert");
  }

  async #replaceAll(rows: readonly Confirmed[]): Promise<void> {
    this.#list("replace", keysOf(rows));
    if (!this.#options.dryRun) await this.#remove(keysOf(rows));
    await this.#load(rows, "insert");
  }

  async #load(rows: readonly Confirmed[], mode: WriteOptions["mode"]): Promise<void> {
    if (rows.length === 0) return;
    if (this.#options.dryRun) {
      this.outcome.written += rows.length;
      return;
    }
    const { signal } = this.#options;
    const report = await this.#target.copy.collection.load(batchesOf(rows), { signal, mode });
    this.outcome.written += report.rows;
    this.outcome.rejectedCount += report.rejectedCount;
    for (const { key, reason } of report.rejected) {
      if (this.outcome.rejected.length >= MAX_REJECTED) break;
      this.outcome.rejected.push({ key: keyTexts(this.#sides.projection, key), reason });
    }
  }

  async #remove(keys: readonly Key[]): Promise<number> {
    if (keys.length === 0) return 0;
    return this.#target.copy.collection.remove(keys, { signal: this.#options.signal });
  }

  #list(action: RepairVerb, keys: readonly Key[]): void {
    const room = this.#options.limit - this.outcome.actions.length;
    for (const key of keys.slice(0, Math.max(0, room))) {
      this.outcome.actions.push({ action, key: keyTexts(this.#sides.projection, key) });
    }
  }
}

function keysOf(rows: readonly Confirmed[]): readonly Key[] {
  return rows.map(({ logged }) => logged.key);
}

async function* batchesOf(rows: readonly Confirmed[]): AsyncGenerator<RowBatch> {
  const builder = new BatchBuilder();
  for (const { pair } of rows) {
    for (const tuple of pair.source) {
      const batch = builder.add(tuple);
      if (batch !== null) yield batch;
    }
  }
  const rest = builder.take();
  if (rest !== null) yield rest;
}
