/** What a store offers to `migrate`. */
import type { StoreName } from "./store.ts";

export interface Statement {
  readonly text: string;
  /** 1-based position of its first character in the file. */
  readonly line: number;
  readonly column: number;
}

export interface Script {
  /** Path relative to the project. */
  readonly file: string;
  /** The text as the store shall run it. */
  readonly text: string;
}

/** What a file's header says: `-- dbctl: no-transaction, lock-timeout=5s`. */
export interface Directives {
  readonly transaction: boolean;
  /** Longest wait for a lock of the engine; 0: as long as it takes. */
  readonly lockTimeoutMs: number;
  /** Longest run of one statement; 0: as long as it takes. */
  readonly statementTimeoutMs: number;
}

/** One file of a version: the part of one store. */
export interface Step {
  /** `0003`. */
  readonly version: string;
  /** `executions`. */
  readonly name: string;
  readonly store: StoreName;
  readonly up: Script;
  readonly down: Script | null;
  /** `v1:<sha256 hex>` of the up file. */
  readonly checksum: string;
  /** Hash over the chain up to and including this step, both files in it. */
  readonly chain: string;
  readonly directives: Directives;
}

/** A row of `_migration_history`: what this store knows of one step. */
export interface Revision {
  readonly formatVersion: 1;
  readonly version: string;
  readonly name: string;
  readonly checksum: string;
  readonly chain: string;
  readonly upBody: string;
  readonly downBody: string | null;
  /** `down` only while a down that is not transactional has been begun and not finished. */
  readonly direction: "up" | "down";
  readonly statementsTotal: number;
  readonly statementsApplied: number;
  /** True between the start and the end of statement `statementsApplied + 1`: whether it took effect is in doubt. */
  readonly statementInFlight: boolean;
  /** `cumulativeHashes` (src/util/statement-hashes.ts) of the applied statements' texts: one entry for each. */
  readonly statementHashes: readonly string[];
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly durationMs: number;
  readonly user: string;
  readonly host: string;
  readonly dbctlVersion: string;
  /** The engine's message when the last attempt failed; never a secret. */
  readonly error: string | null;
}

/** The newest complete state of a store's history, kept outside that store. */
export interface Head {
  readonly store: StoreName;
  readonly version: string;
  readonly chain: string;
  /** How many revisions the store's history held. */
  readonly revisions: number;
}

export interface ApplyOptions {
  readonly direction: "up" | "down";
  /** The revision to go on from, when an earlier run stopped half-way; its hashes were checked by the caller. */
  readonly resume: Revision | null;
  readonly dbctlVersion: string;
  readonly signal: AbortSignal;
  /** Called after each statement. */
  readonly onStatement?: ((applied: number, total: number) => void) | undefined;
}

/** Steps of one store, in its namespace. The runner knows nothing else of a store. */
export interface Migrations {
  /** Creates the history (and heads) if they are not there. Idempotent, safe when run at once by several. */
  ensureHistory(signal: AbortSignal): Promise<void>;
  /** Oldest first; null when there is no history at all. An unreadable history throws. */
  history(signal: AbortSignal): Promise<readonly Revision[] | null>;
  /** Splits as the engine would. Pure. @throws MIGRATION_INVALID with file, line, column for what it cannot run */
  parse(script: Script): readonly Statement[];
  /**
   * Runs the step's statements and records them as `traits` say. `up` ends with a complete revision, `down` removes
   * the revision. In a transaction (`transactionalDdl` and the step's directive) a failure leaves catalog and history
   * as they were. Otherwise the revision is written around each statement, and a failure leaves it with the
   * statements applied so far, none in flight, and the engine's message in `error`; a cancellation or a lost
   * connection leaves the statement in flight when the engine may have run it.
   * @throws MIGRATION_FAILED with the engine's words and, in `data`, file, line, column (1-based: where the engine sees
   * the fault, else where the statement begins), total, and applied: the statements that stay applied, 0 in a
   * transaction
   */
  apply(step: Step, options: ApplyOptions): Promise<void>;
  /** Heads of all stores that were recorded here; null when the table is not there. */
  heads(signal: AbortSignal): Promise<readonly Head[] | null>;
  /** Replaces the store's head; null removes it. */
  recordHead(store: StoreName, head: Head | null, signal: AbortSignal): Promise<void>;
  /** Removes history and heads: reset only. */
  dropHistory(signal: AbortSignal): Promise<void>;
}
