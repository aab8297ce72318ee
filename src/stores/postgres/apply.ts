/** Runs the statements of a step and records them. */
import type { DbctlError } from "../../errors.ts";
import { sleep } from "../../util/sleep.ts";
import type { ApplyOptions, Step } from "../store.ts";
import { applyOneByOne } from "./apply-one-by-one.ts";
import {
  type Attempt,
  beginAttempt,
  type Failure,
  isStatementError,
  migrationFailed,
  revisionOf,
} from "./attempt.ts";
import { BlockerWatch } from "./blocker.ts";
import type { Server } from "./database.ts";
import { sqlstateOf } from "./errors.ts";
import { recordSql, removeSql } from "./history.ts";
import { quoteIdentifier } from "./literal.ts";
import type { Session } from "./session.ts";

const LOCK_NOT_AVAILABLE = "55P03";
const UNDEFINED_TABLE = "42P01";
const LOCK_ATTEMPTS = 3;
const LOCK_BACKOFF_MS = 500;
/** How long a statement that is cancelled may take to roll back before the connection is cut. */
const CANCEL_GRACE_MS = 3_000;

export async function applyStep(server: Server, step: Step, options: ApplyOptions): Promise<void> {
  const attempt = beginAttempt(step, options);
  const { connections } = server;
  const session = await connections.lease(options.signal, { dedicated: true, graceMs: CANCEL_GRACE_MS });
  try {
    if (!step.directives.transaction) await applyOneByOne(server, session, attempt);
    else await applyInTransaction(server, session, attempt);
    await session.run("DISCARD ALL");
  } finally {
    session.release();
  }
}

/** @param scope of the settings: LOCAL to a transaction, or the SESSION's */
export function settings(server: Server, { step }: Attempt, scope: "LOCAL" | "SESSION"): string {
  const { lockTimeoutMs, statementTimeoutMs } = step.directives;
  const set = (name: string, value: string | number) => `SET ${scope} ${name} = ${value}; `;
  return (
    set("search_path", quoteIdentifier(server.namespace.schema)) +
    set("lock_timeout", lockTimeoutMs) +
    set("statement_timeout", statementTimeoutMs) +
    set("idle_in_transaction_session_timeout", 0) +
    set("timezone", "'UTC'") +
    // Without it a statement goes on for as long as it likes after dbctl was killed, its lock free for the next run.
    (server.connections.serverVersion >= 140_000 ? set("client_connection_check_interval", 500) : "")
  );
}

/** All statements and their record commit together. A lock that is not to be had is tried again from the start. */
async function applyInTransaction(server: Server, session: Session, attempt: Attempt): Promise<void> {
  for (let round = 1; ; round++) {
    try {
      return await transaction(server, session, attempt);
    } catch (error) {
      const mayRetry = error instanceof Object && "data" in error && round < LOCK_ATTEMPTS;
      if (!mayRetry || sqlstateOf(error) !== LOCK_NOT_AVAILABLE) throw error;
      await session.run("ROLLBACK");
      await sleep(LOCK_BACKOFF_MS * round, attempt.options.signal);
    }
  }
}

async function transaction(server: Server, session: Session, attempt: Attempt): Promise<void> {
  const { statements, options, alreadyApplied } = attempt;
  await session.run(`BEGIN; ${settings(server, attempt, "LOCAL")}`);
  for (let index = alreadyApplied; index < statements.length; index++) {
    await runStatement(server, session, attempt, index, alreadyApplied);
    options.onStatement?.(index + 1, statements.length);
  }
  await record(server, session, finalRecord(server, attempt));
  await commit(session, attempt, { index: statements.length, applied: alreadyApplied, blocker: null });
}

/** Constraints may have been deferred until now. */
export async function commit(session: Session, attempt: Attempt, failure: Failure): Promise<void> {
  try {
    await session.run("COMMIT");
  } catch (error) {
    throw asFailure(attempt, error, failure);
  }
}

/** What an attempt that went through leaves in the history. */
export function finalRecord({ namespace }: Server, attempt: Attempt): string {
  const { step, statements, options } = attempt;
  return options.direction === "up"
    ? recordSql(namespace, revisionOf(attempt, statements.length))
    : removeSql(namespace, step.version);
}

/** As who we were when we came, whatever role a statement has taken. @throws NOT_INITIALISED when there is no history */
export async function record({ faults }: Server, session: Session, sql: string): Promise<void> {
  try {
    await session.run(
      "SELECT set_config('dbctl.role', current_setting('role'), false); RESET ROLE; " +
        `${sql}; SELECT set_config('role', current_setting('dbctl.role'), false)`,
    );
  } catch (error) {
    if (sqlstateOf(error) !== UNDEFINED_TABLE) throw error;
    throw faults.fault("NOT_INITIALISED", "postgres has no history of migrations");
  }
}

/** @param applied what to report as having taken effect when it fails */
export async function runStatement(
  server: Server,
  session: Session,
  attempt: Attempt,
  index: number,
  applied: number,
): Promise<void> {
  const watch = new BlockerWatch(
    server.connections,
    session.backendPid,
    attempt.step.directives.lockTimeoutMs,
  );
  try {
    await session.run(attempt.statements[index]?.text ?? "");
  } catch (error) {
    const blocker = sqlstateOf(error) === LOCK_NOT_AVAILABLE ? watch.stop() : null;
    throw asFailure(attempt, error, { index, applied, blocker });
  } finally {
    watch.stop();
  }
}

function asFailure(attempt: Attempt, error: unknown, failure: Failure): unknown {
  return isStatementError(error) ? migrationFailed(attempt, error as DbctlError, failure) : error;
}
