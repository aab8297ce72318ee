import { createHash } from "node:crypto";
import type { ClickHouseSettings } from "@clickhouse/client";
import { asDbctlError, DbctlError } from "../../errors.ts";
import { cumulativeHashes } from "../../util/statement-hashes.ts";
import type { ApplyOptions, Revision, Script, Statement, Step } from "../store.ts";
import { alreadyThere } from "./already.ts";
import type { Connection } from "./connection.ts";
import { type Effect, effectOf } from "./effect.ts";
import { serverException } from "./errors.ts";
import { type History, type InFlight, runner } from "./history.ts";
import { Probe } from "./probe.ts";
import { placeAt, splitScript } from "./split.ts";

export interface Place {
  readonly connection: Connection;
  readonly namespace: string;
  readonly history: History;
}

/** What must be written down although the caller has given up. */
const BOOKKEEPING_LIMIT_MS = 5_000;

export async function applyStep(place: Place, step: Step, options: ApplyOptions): Promise<void> {
  place.connection.checkOpen();
  const script = options.direction === "up" ? step.up : step.down;
  if (script === null) {
    throw new DbctlError(
      "MIGRATION_INVALID",
      `${step.version}_${step.name} has no down file for ClickHouse`,
      {
        store: "clickhouse",
      },
    );
  }
  const number = await place.history.nextNumber(options.signal);
  await new Run(place, step, script, options, number).all();
}

/** One step from its first statement, or the one it stopped at, to its end. */
class Run {
  readonly #place: Place;
  readonly #step: Step;
  readonly #script: Script;
  readonly #options: ApplyOptions;
  readonly #statements: readonly Statement[];
  readonly #hashes: readonly string[];
  readonly #probe: Probe;
  readonly #startedMs = performance.now();
  readonly #base: Revision;
  #number: bigint;
  #applied: number;

  constructor(place: Place, step: Step, script: Script, options: ApplyOptions, number: bigint) {
    this.#place = place;
    this.#step = step;
    this.#script = script;
    this.#options = options;
    this.#statements = splitScript(script);
    this.#hashes = cumulativeHashes(this.#statements.map(({ text }) => text));
    this.#probe = new Probe(place.connection, place.namespace);
    this.#number = number;
    this.#applied = options.resume?.statementsApplied ?? 0;
    this.#base = this.#firstRevision();
  }

  #firstRevision(): Revision {
    const { resume, direction, dbctlVersion } = this.#options;
    const { version, name, checksum, chain, up, down } = this.#step;
    return {
      formatVersion: 1,
      version,
      name,
      checksum,
      chain,
      upBody: up.text,
      downBody: down?.text ?? null,
      direction,
      statementsTotal: this.#statements.length,
      statementsApplied: this.#applied,
      statementInFlight: false,
      statementHashes: [],
      startedAt: resume?.startedAt ?? new Date().toISOString(),
      durationMs: resume?.durationMs ?? 0,
      ...runner(),
      dbctlVersion,
      error: null,
    };
  }

  async all(): Promise<void> {
    const { resume, signal, onStatement, direction } = this.#options;
    let isInDoubt = resume?.statementInFlight === true;
    for (const statement of this.#statements.slice(this.#applied)) {
      if (signal.aborted) {
        await this.#record(null, null, false);
        throw new DbctlError("CANCELLED", "interrupted between two statements", { store: "clickhouse" });
      }
      await this.#one(statement, isInDoubt);
      isInDoubt = false;
      this.#applied++;
      onStatement?.(this.#applied, this.#statements.length);
    }
    await this.#record(null, null, direction === "down");
  }

  async #one(statement: Statement, isInDoubt: boolean): Promise<void> {
    const { signal } = this.#options;
    const effect = effectOf(statement.text);
    const hash = createHash("sha256").update(statement.text).digest("hex");
    let before: InFlight | null = null;
    try {
      const doubt = isInDoubt ? await this.#resolve(effect, hash) : "new";
      if (doubt === "applied") return;
      const queryId = `dbctl-${this.#place.namespace}-${this.#step.version}-${this.#options.direction}-${this.#applied}-${this.#number}`;
      before = { queryId, statement: hash, ...(await this.#probe.look(effect, signal)) };
      await this.#record(before, null, false);
      await this.#run(statement, before, doubt === "maybe");
    } catch (error) {
      await this.#failed(statement, effect, before, asDbctlError(error));
    }
  }

  /** What became of the statement that an earlier run began. */
  async #resolve(effect: Effect, hash: string): Promise<"applied" | "maybe" | "new"> {
    const { signal } = this.#options;
    const row = await this.#place.history.readOne(this.#step.version, signal);
    const inFlight = row?.inFlight ?? null;
    if (inFlight === null) return "maybe";
    await this.#probe.settle(inFlight, this.#step.directives.statementTimeoutMs, signal);
    if (inFlight.statement !== hash) return "new";
    const verdict = await this.#probe.verdict(effect, inFlight, signal);
    return verdict === true ? "applied" : effect.kind === "definition" ? "maybe" : "new";
  }

  async #run(statement: Statement, { queryId }: InFlight, mayBeThere: boolean): Promise<void> {
    const { signal } = this.#options;
    const { lockTimeoutMs, statementTimeoutMs } = this.#step.directives;
    const settings: ClickHouseSettings = {
      mutations_sync: "2",
      alter_sync: "2",
      lightweight_deletes_sync: "2",
      async_insert: 0,
      insert_deduplication_token: `${this.#step.chain}:${this.#base.startedAt}:${this.#applied}`,
      ...(lockTimeoutMs > 0 && { lock_acquire_timeout: Math.ceil(lockTimeoutMs / 1000) }),
      ...(statementTimeoutMs > 0 && { max_execution_time: Math.ceil(statementTimeoutMs / 1000) }),
    };
    const { connection, namespace } = this.#place;
    try {
      await connection.run(statement.text, {
        signal,
        timeoutMs: statementTimeoutMs,
        database: namespace,
        queryId,
        settings,
      });
    } catch (error) {
      if (mayBeThere && alreadyThere(statement.text, error)) return;
      throw error;
    }
  }

  /** Writes down how far it came and throws what the caller gets. */
  async #failed(
    statement: Statement,
    effect: Effect,
    inFlight: InFlight | null,
    error: DbctlError,
  ): Promise<never> {
    const exception = serverException(error);
    const isKnown = exception !== null || inFlight === null;
    try {
      const signal = AbortSignal.timeout(BOOKKEEPING_LIMIT_MS);
      if (isKnown && inFlight !== null) await this.#probe.killNewMutations(effect, inFlight.before, signal);
      if (!(inFlight === null && this.#options.resume?.statementInFlight)) {
        await this.#record(isKnown ? null : inFlight, error.message, false);
      }
    } catch {
      // The revision from before the statement stands: in doubt, which is true.
    }
    const isTooSlow = error.code === "STORE_TIMEOUT" && this.#step.directives.statementTimeoutMs > 0;
    if (exception === null && error.code !== "STATEMENT_FAILED" && !isTooSlow) throw error;
    const position = /^Syntax error: failed at position (\d+)/.exec(exception?.message ?? "")?.[1];
    const { line, column } = placeIn(statement, position === undefined ? 1 : Number(position));
    const { file } = this.#script;
    const words = exception === null ? error.message : `${exception.message} (${exception.name})`;
    throw new DbctlError("MIGRATION_FAILED", `${file}:${line}:${column} ${words}`, {
      store: "clickhouse",
      cause: error,
      data: {
        file,
        line,
        column,
        applied: this.#applied,
        total: this.#statements.length,
        ...(exception !== null && { code: exception.code, name: exception.name }),
      },
    });
  }

  async #record(inFlight: InFlight | null, error: string | null, isDeleted: boolean): Promise<void> {
    const revision: Revision = {
      ...this.#base,
      statementsApplied: this.#applied,
      statementInFlight: inFlight !== null,
      statementHashes: this.#hashes.slice(0, this.#applied),
      durationMs: this.#base.durationMs + performance.now() - this.#startedMs,
      error,
    };
    const signal = AbortSignal.timeout(BOOKKEEPING_LIMIT_MS);
    await this.#place.history.write(this.#number++, { revision, inFlight }, isDeleted, signal);
  }
}

/** Where the server's position (counted in bytes from 1, within the statement) lies in the file. */
function placeIn(statement: Statement, position: number) {
  const before = Buffer.from(statement.text)
    .subarray(0, position - 1)
    .toString();
  const inside = placeAt(before, before.length);
  const isFirst = inside.line === 1;
  return {
    line: statement.line + inside.line - 1,
    column: isFirst ? statement.column + inside.column - 1 : inside.column,
  };
}
