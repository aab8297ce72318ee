import { tupleKey, tuples } from "../../encoding/tuple.ts";
import { DbctlError } from "../../errors.ts";
import type { Key, LoadReport, RowBatch, WriteOptions } from "../store.ts";
import type { Target } from "./collection.ts";
import { copyIn } from "./copy-in.ts";
import { sqlstateOf } from "./errors.ts";
import { type LoadPlan, planInsert, planUpsert } from "./load-plan.ts";
import { watchClient } from "./read.ts";
import type { Session } from "./session.ts";
import { Source } from "./source.ts";
import { type Refusal, Transcoder } from "./transcode.ts";

/** A transaction: large enough that its commit costs nothing beside it, small enough to be kept and loaded again. */
const CHUNK_ROWS = 50_000;
const CHUNK_BYTES = 16 << 20;
const REJECTED_KEPT = 100;

/**
 * What a row may be refused for: its data, a constraint, a trigger, a view's check, an index entry too large, two rows
 * of one key where its index is coarser than equality.
 */
const REFUSAL = /^(22|23|44|P0|54|21000)/;

/** Each chunk is a COPY in a transaction; only a chunk with rows that are refused is loaded piece by piece. */
export async function loadRows(
  target: Target,
  rows: AsyncIterable<RowBatch>,
  options: WriteOptions,
): Promise<LoadReport> {
  const plan = options.mode === "insert" ? planInsert(target) : planUpsert(target);
  const session = await target.connections.lease(options.signal, { dedicated: true });
  const loading = new Loading(target, plan, session);
  const source = new Source(rows);
  try {
    while (await session.orStopped(source.hasMore())) await loading.chunk(source);
    return loading.report;
  } catch (error) {
    throw source.error ?? withProgress(error, loading.report.rows);
  } finally {
    session.release();
    source.stop();
  }
}

function withProgress(error: unknown, rowsWritten: number): unknown {
  if (!(error instanceof DbctlError)) return error;
  const { code, message, hint, store, cause, data } = error;
  return new DbctlError(code, message, { hint, store, cause, data: { ...data, rowsWritten } });
}

interface RefusedRow {
  readonly key: Key;
  readonly reason: string;
}

/** The rows of a transaction, kept until it has committed. */
interface Chunk {
  readonly batches: RowBatch[];
  readonly refused: RefusedRow[];
  isAbandoned: boolean;
}

class Loading {
  readonly report = { rows: 0, rejected: [] as RefusedRow[], rejectedCount: 0 };
  readonly #target: Target;
  readonly #plan: LoadPlan;
  readonly #session: Session;
  readonly #transcoder: Transcoder;

  constructor(target: Target, plan: LoadPlan, session: Session) {
    this.#target = target;
    this.#plan = plan;
    this.#session = session;
    this.#transcoder = new Transcoder(target.bound.fields, new Set(plan.copied));
  }

  /** Writes the next rows of `source` and commits them. */
  async chunk(source: Source): Promise<void> {
    const chunk: Chunk = { batches: [], refused: [], isAbandoned: false };
    const { copy, merge } = this.#plan;
    try {
      await this.#begin();
      await copyIn(this.#session, copy, this.#transcoded(source, chunk));
      await this.#session.run(merge === null ? "COMMIT" : `${merge}; COMMIT`);
    } catch (error) {
      // What has not been taken from the source by now is left for the next chunk.
      chunk.isAbandoned = true;
      if (source.error !== null || !(isRefusal(error) || isConflict(error))) throw error;
      await this.#session.run("ROLLBACK");
      return this.#pieces(chunk.batches);
    }
    const rows = chunk.batches.reduce((sum, batch) => sum + batch.rows, 0);
    this.#note(rows - chunk.refused.length, chunk.refused);
  }

  async #begin(): Promise<void> {
    const { serverVersion } = this.#target.connections;
    await this.#session.run(
      "BEGIN; SET LOCAL row_security = off; SET LOCAL statement_timeout = 0; " +
        `SET LOCAL idle_in_transaction_session_timeout = 0; ${watchClient(serverVersion)}${this.#plan.prepare}`,
    );
  }

  async *#transcoded(source: Source, chunk: Chunk): AsyncGenerator<Uint8Array> {
    let [rows, sizeBytes] = [0, 0];
    while (rows < CHUNK_ROWS && sizeBytes < CHUNK_BYTES && (await source.hasMore())) {
      if (chunk.isAbandoned) return;
      const batch = source.take();
      chunk.batches.push(batch);
      rows += batch.rows;
      sizeBytes += batch.bytes.length;
      const { bytes, refusals } = this.#transcoder.batch(batch);
      if (refusals.length > 0) chunk.refused.push(...this.#named([...tuples(batch)], refusals));
      if (bytes.length > 0) yield bytes;
    }
  }

  /**
   * Loads rows in windows, each under a savepoint. A COPY says which row it could not take: what stands before it is
   * loaded again, and it is left out. Where nothing is said windows are halved until one row is left, and grow again.
   */
  async #pieces(batches: readonly RowBatch[]): Promise<void> {
    const all = batches.flatMap((batch) => [...tuples(batch)]);
    const refused: RefusedRow[] = [];
    let rows = 0;
    await this.#begin();
    await this.#session.run("SAVEPOINT piece");
    for (let start = 0, size = all.length; start < all.length; ) {
      const window = all.slice(start, start + size);
      const outcome = await this.#piece(window);
      const isFound = "culprit" in outcome && (outcome.culprit === 0 || window.length === 1);
      if ("culprit" in outcome && !isFound) {
        size = outcome.culprit ?? window.length >> 1;
        continue;
      }
      const taken = "culprit" in outcome ? 1 : window.length;
      const refusals = "culprit" in outcome ? [{ row: 0, reason: outcome.reason }] : outcome.refusals;
      refused.push(...this.#named(window, refusals));
      rows += taken - refusals.length;
      start += taken;
      size = "culprit" in outcome ? Math.max(1, size >> 1) : size * 2;
    }
    await this.#session.run("COMMIT");
    this.#note(rows, refused);
  }

  async #piece(window: readonly Uint8Array[]): Promise<PieceOutcome> {
    const { bytes, refusals } = this.#transcoder.batch({
      rows: window.length,
      bytes: Buffer.concat(window),
    });
    const { copy, merge, clear } = this.#plan;
    async function* once() {
      yield bytes;
    }
    try {
      await copyIn(this.#session, copy, once());
      await this.#session.run(
        (merge === null ? "" : `${merge}; ${clear}; `) +
          "SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED; RELEASE SAVEPOINT piece; SAVEPOINT piece",
      );
      return { refusals };
    } catch (error) {
      if (!isRefusal(error)) throw error;
      await this.#session.run("ROLLBACK TO SAVEPOINT piece");
      return { culprit: culpritOf(error, refusals), reason: error.message };
    }
  }

  /** The refused rows by their keys. */
  #named(all: readonly Uint8Array[], refusals: readonly Refusal[]): RefusedRow[] {
    const { keyLength } = this.#target.bound.projection;
    return refusals.flatMap(({ row, reason }) => {
      const tuple = all[row];
      return tuple === undefined ? [] : [{ key: tupleKey(tuple, keyLength), reason }];
    });
  }

  #note(rows: number, refused: readonly RefusedRow[]): void {
    this.report.rows += rows;
    this.report.rejectedCount += refused.length;
    this.report.rejected.push(...refused.slice(0, REJECTED_KEPT - this.report.rejected.length));
  }
}

type PieceOutcome =
  | { readonly refusals: readonly Refusal[] }
  /** In the window, from 0; null when the server did not say. */
  | { readonly culprit: number | null; readonly reason: string };

/** The row that the COPY named, with those counted in that were not sent. */
function culpritOf(error: DbctlError, refusals: readonly Refusal[]): number | null {
  const line = error.data?.copyLine;
  if (typeof line !== "number") return null;
  return refusals.reduce((row, refusal) => (refusal.row <= row ? row + 1 : row), line - 1);
}

/** A deadlock or a serialization failure: the same rows may well be taken the next time. */
function isConflict(error: unknown): boolean {
  return /^40/.test(sqlstateOf(error));
}

function isRefusal(error: unknown): error is DbctlError {
  return (
    error instanceof DbctlError &&
    (error.code === "STATEMENT_FAILED" || error.code === "VALUE_UNREPRESENTABLE") &&
    REFUSAL.test(sqlstateOf(error))
  );
}
