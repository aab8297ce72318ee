import { DbctlError } from "../../../src/errors.ts";
import type {
  ApplyOptions,
  Migrations,
  Revision,
  Script,
  Statement,
  Step,
} from "../../../src/stores/store.ts";
import { cumulativeHashes } from "../../../src/util/statement-hashes.ts";
import { durationMs, parseFakeScript, runFakeStatement } from "./language.ts";
import { copyOf, FakeCrash, type FakeNamespace } from "./server.ts";
import type { Session } from "./session.ts";

interface Runner {
  readonly user: string;
  readonly host: string;
}

/** What one `apply` works on. */
interface Attempt {
  readonly step: Step;
  readonly script: Script;
  readonly statements: readonly Statement[];
  readonly hashes: readonly string[];
  readonly options: ApplyOptions;
  readonly startedMs: number;
  readonly runner: Runner;
}

export function fakeMigrations(session: Session, transactional: boolean, runner: Runner): Migrations {
  return {
    async ensureHistory(signal) {
      await session.enter("migrations.ensureHistory", signal);
      session.state.history ??= new Map();
      session.state.heads ??= new Map();
    },
    async history(signal) {
      await session.enter("migrations.history", signal);
      const { history } = session.server.namespaces.get(session.namespace) ?? { history: null };
      return history === null ? null : [...history.values()];
    },
    parse: parseFakeScript,
    async apply(step, options) {
      await session.enter("migrations.apply", options.signal);
      await apply(session, transactional && step.directives.transaction, beginAttempt(step, options, runner));
    },
    async heads(signal) {
      await session.enter("migrations.heads", signal);
      const { heads } = session.server.namespaces.get(session.namespace) ?? { heads: null };
      return heads === null ? null : [...heads.values()];
    },
    async recordHead(store, head, signal) {
      await session.enter("migrations.recordHead", signal);
      const heads = new Map(session.state.heads);
      if (head === null) heads.delete(store);
      else heads.set(store, head);
      session.state.heads = heads;
    },
    async dropHistory(signal) {
      await session.enter("migrations.dropHistory", signal);
      session.state.history = null;
      session.state.heads = null;
    },
  };
}

function beginAttempt(step: Step, options: ApplyOptions, runner: Runner): Attempt {
  const script = options.direction === "up" ? step.up : step.down;
  if (script === null) throw new DbctlError("MIGRATION_INVALID", `${step.version} has no down`);
  const statements = parseFakeScript(script);
  const hashes = cumulativeHashes(statements.map(({ text }) => text));
  return { step, script, statements, hashes, options, startedMs: Date.now(), runner };
}

function revision(attempt: Attempt, applied: number, inFlight: boolean, error: string | null): Revision {
  const { step, statements, hashes, options, startedMs, runner } = attempt;
  return {
    formatVersion: 1,
    version: step.version,
    name: step.name,
    checksum: step.checksum,
    chain: step.chain,
    upBody: step.up.text,
    downBody: step.down?.text ?? null,
    direction: options.direction,
    statementsTotal: statements.length,
    statementsApplied: applied,
    statementInFlight: inFlight,
    statementHashes: hashes.slice(0, applied),
    startedAt: new Date(startedMs).toISOString(),
    durationMs: Date.now() - startedMs,
    ...runner,
    dbctlVersion: options.dbctlVersion,
    error,
  };
}

function record(state: FakeNamespace, version: string, row: Revision | null): void {
  if (state.history === null) throw new DbctlError("NOT_INITIALISED", "there is no history");
  const history = new Map(state.history);
  if (row === null) history.delete(version);
  else history.set(version, row);
  state.history = history;
}

async function apply(session: Session, inTransaction: boolean, attempt: Attempt): Promise<void> {
  const { step, statements, options } = attempt;
  const state = inTransaction ? copyOf(session.state) : session.state;
  const note = (applied: number, inFlight: boolean, error: string | null = null) => {
    if (!inTransaction) record(state, step.version, revision(attempt, applied, inFlight, error));
  };
  for (let index = options.resume?.statementsApplied ?? 0; index < statements.length; index++) {
    session.check(options.signal);
    note(index, true);
    try {
      await runOne(session, state, statements[index] as Statement, options.signal);
    } catch (error) {
      if (error instanceof FakeCrash || error instanceof DbctlError) throw error;
      const message = error instanceof Error ? error.message : String(error);
      note(index, false, message);
      throw failed(session, attempt, index, inTransaction ? 0 : index, message);
    }
    note(index + 1, false);
    options.onStatement?.(index + 1, statements.length);
  }
  const isUp = options.direction === "up";
  record(state, step.version, isUp ? revision(attempt, statements.length, false, null) : null);
  if (inTransaction) commit(session.state, state);
}

function commit(target: FakeNamespace, source: FakeNamespace): void {
  for (const [to, from] of [
    [target.tables, source.tables],
    [target.values, source.values],
  ] as [Map<string, unknown>, Map<string, unknown>][]) {
    to.clear();
    for (const [name, value] of from) to.set(name, value);
  }
  target.history = source.history;
}

async function runOne(session: Session, state: FakeNamespace, statement: Statement, signal: AbortSignal) {
  await session.enter("migrations.statement", signal);
  const fault = session.server.nextStatementFault();
  const lastingMs = fault === "hang" ? Number.POSITIVE_INFINITY : durationMs(statement);
  if (lastingMs > 0) await session.wait(lastingMs, signal);
  if (fault === "fail") throw new Error("refused on purpose");
  runFakeStatement(state, statement);
  if (fault === "crash") throw new FakeCrash("the process died");
}

function failed(session: Session, attempt: Attempt, index: number, applied: number, reason: string) {
  const { line = 1, column = 1 } = attempt.statements[index] ?? {};
  const { file } = attempt.script;
  const data = { file, line, column, applied, total: attempt.statements.length };
  return session.error("MIGRATION_FAILED", `${file}:${line}:${column} ${reason}`, { data });
}
