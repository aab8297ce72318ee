/** What one `apply` works on, and how it ends in an error. */
import { hostname, userInfo } from "node:os";
import { DbctlError } from "../../errors.ts";
import { cumulativeHashes } from "../../util/statement-hashes.ts";
import type { ApplyOptions, Revision, Script, Step } from "../store.ts";
import { locate, type SqlStatement, splitSql } from "./split.ts";

export interface Attempt {
  readonly step: Step;
  readonly script: Script;
  readonly statements: readonly SqlStatement[];
  readonly hashes: readonly string[];
  readonly options: ApplyOptions;
  /** How many statements took effect in an earlier run. */
  readonly alreadyApplied: number;
  readonly startedMs: number;
}

/** @throws MIGRATION_INVALID */
export function beginAttempt(step: Step, options: ApplyOptions): Attempt {
  const script = options.direction === "up" ? step.up : step.down;
  if (script === null) {
    const message = `${step.version}_${step.name} has no down script for postgres`;
    throw new DbctlError("MIGRATION_INVALID", message, { store: "postgres" });
  }
  const statements = splitSql(script);
  return {
    step,
    script,
    statements,
    hashes: cumulativeHashes(statements.map(({ text }) => text)),
    options,
    alreadyApplied: options.resume?.statementsApplied ?? 0,
    startedMs: Date.now(),
  };
}

/** The revision after `applied` statements. */
export function revisionOf(
  { step, statements, hashes, options, startedMs }: Attempt,
  applied: number,
  state: Pick<Revision, "statementInFlight" | "error"> = { statementInFlight: false, error: null },
): Revision {
  const { resume, direction, dbctlVersion } = options;
  return {
    formatVersion: 1,
    version: step.version,
    name: step.name,
    checksum: step.checksum,
    chain: step.chain,
    upBody: step.up.text,
    downBody: step.down?.text ?? null,
    direction,
    statementsTotal: statements.length,
    statementsApplied: applied,
    statementHashes: hashes.slice(0, applied),
    startedAt: resume?.startedAt ?? new Date(startedMs).toISOString(),
    durationMs: (resume?.durationMs ?? 0) + Date.now() - startedMs,
    user: userName(),
    host: hostname(),
    dbctlVersion,
    ...state,
  };
}

/** A user id may have no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? "unknown");
  }
}

export interface Failure {
  /** Of the statement that failed, from 0; past the last one when the commit did. */
  readonly index: number;
  /** How many statements have taken effect. */
  readonly applied: number;
  /** Who held the lock that was waited for in vain. */
  readonly blocker: string | null;
}

/** Whether the engine refused a statement; otherwise the connection, the caller or dbctl ended the run. */
export function isStatementError(error: unknown): error is DbctlError {
  if (!(error instanceof DbctlError)) return false;
  if (error.code === "CANCELLED" || error.code === "STORE_CLOSED" || error.code === "STORE_UNREACHABLE")
    return false;
  return error.data?.sqlstate !== undefined;
}

/** At the place that the server named, otherwise where the statement begins. */
export function migrationFailed(attempt: Attempt, error: DbctlError, failure: Failure): DbctlError {
  const { script, statements } = attempt;
  const statement = statements[failure.index] ?? statements.at(-1);
  const { file } = script;
  const { line, column } = placeOf(script.text, statement, error);
  const { sqlstate, detail } = error.data ?? {};
  const words = failure.blocker === null ? error.message : `${error.message}: ${failure.blocker}`;
  return new DbctlError("MIGRATION_FAILED", `${file}:${line}:${column} ${words}`, {
    store: "postgres",
    hint: error.code === "STATEMENT_FAILED" ? undefined : error.hint,
    data: {
      file,
      line,
      column,
      statementLine: statement?.line ?? 1,
      statementColumn: statement?.column ?? 1,
      applied: failure.applied,
      total: statements.length,
      sqlstate,
      ...(detail !== undefined && { detail }),
      ...(failure.blocker !== null && { blocker: failure.blocker }),
    },
  });
}

function placeOf(text: string, statement: SqlStatement | undefined, error: DbctlError) {
  const position = Number(error.data?.position ?? 0);
  const from = statement?.offset ?? 0;
  return locate(text, position > 0 ? from + unitsOf(statement?.text ?? "", position - 1) : from);
}

/** The server counts characters, JavaScript units of 16 bits. */
function unitsOf(text: string, characters: number): number {
  let units = 0;
  for (let left = characters; left > 0 && units < text.length; left--)
    units += (text.codePointAt(units) ?? 0) > 0xffff ? 2 : 1;
  return units;
}
