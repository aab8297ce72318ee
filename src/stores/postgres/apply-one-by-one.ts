/** A step without a transaction around it: every statement is recorded as it goes. */
import { asDbctlError, DbctlError } from "../../errors.ts";
import { commit, finalRecord, record, runStatement, settings } from "./apply.ts";
import { type Attempt, revisionOf } from "./attempt.ts";
import type { Server } from "./database.ts";
import { historyTable, recordSql } from "./history.ts";
import { quoteText } from "./literal.ts";
import type { Session } from "./session.ts";
import type { SqlStatement } from "./split.ts";
import { canBeAtomic, catalogName, concurrentIndex } from "./statement-kind.ts";

/**
 * While a statement runs the revision says that it is in flight. One that can be in a transaction shares it with the
 * record that it took effect: killed at any moment, what is still in flight did not. A transaction that the script begins
 * itself holds the records within it, too: rolled back, the run resumes before it.
 */
export async function applyOneByOne(server: Server, session: Session, attempt: Attempt): Promise<void> {
  const { statements, options, alreadyApplied } = attempt;
  await session.run(settings(server, attempt, "SESSION"));
  await note(server, session, attempt, alreadyApplied, false);
  for (let index = alreadyApplied; index < statements.length; index++) {
    const statement = statements[index];
    if (statement === undefined) break;
    try {
      await runRecorded(server, session, attempt, statement, index);
    } catch (error) {
      throw await noteFailure(server, session, attempt, error);
    }
    options.onStatement?.(index + 1, statements.length);
  }
  if (session.isInTransaction) throw await noteFailure(server, session, attempt, leftOpen(attempt));
  await record(server, session, finalRecord(server, attempt));
}

async function runRecorded(
  server: Server,
  session: Session,
  attempt: Attempt,
  statement: SqlStatement,
  index: number,
): Promise<void> {
  const isResumed = index === attempt.alreadyApplied && attempt.options.resume !== null;
  if (isResumed && (await isDone(server, session, attempt, statement)))
    return note(server, session, attempt, index + 1, false);
  await note(server, session, attempt, index, true);
  const isAtomic = !session.isInTransaction && canBeAtomic(statement);
  if (isAtomic) await session.run("BEGIN");
  await runStatement(server, session, attempt, index, index);
  await note(server, session, attempt, index + 1, false);
  if (isAtomic) await commit(session, attempt, { index, applied: index, blocker: null });
}

async function note(
  server: Server,
  session: Session,
  attempt: Attempt,
  applied: number,
  statementInFlight: boolean,
): Promise<void> {
  const revision = revisionOf(attempt, applied, { statementInFlight, error: null });
  await record(server, session, recordSql(server.namespace, revision));
}

/**
 * Looks at what is left of an index that an earlier run was building or dropping. An INVALID one is dropped, to be built
 * again. @returns whether the statement took effect although nobody could record it
 */
async function isDone(
  _server: Server,
  session: Session,
  { options }: Attempt,
  statement: SqlStatement,
): Promise<boolean> {
  const concurrent = concurrentIndex(statement);
  const inDoubt = options.resume?.statementInFlight === true;
  if (concurrent === null) return false;
  if (concurrent.action === "drop") {
    const [row] = await session.run("SELECT to_regclass($1) IS NULL AS is_gone", [concurrent.index]);
    return inDoubt && row?.is_gone === "t";
  }
  const [row] = await session.run(
    "SELECT i.indisvalid AS valid, i.indexrelid::regclass AS name FROM pg_catalog.pg_index i " +
      "JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = to_regclass($1) AND c.relname = $2",
    [concurrent.table, catalogName(concurrent.index)],
  );
  if (row === undefined) return false;
  if (row.valid === "t") return inDoubt;
  await session.run(`DROP INDEX CONCURRENTLY IF EXISTS ${row.name}`);
  return false;
}

/** Records why the statement failed, and returns the error with what has taken effect by now. */
async function noteFailure(
  { namespace }: Server,
  session: Session,
  { step }: Attempt,
  error: unknown,
): Promise<unknown> {
  const failure = asDbctlError(error);
  if (failure.code !== "MIGRATION_FAILED") return error;
  await session.run("ROLLBACK");
  await session.run("RESET ROLE");
  const [row] = await session.run(
    `UPDATE ${historyTable(namespace)} SET statement_in_flight = false, error = ${quoteText(failure.message)} ` +
      `WHERE version = ${quoteText(step.version)} RETURNING statements_applied`,
  );
  const { message, hint, store, data } = failure;
  const applied = Number(row?.statements_applied ?? 0);
  return new DbctlError("MIGRATION_FAILED", message, { hint, store, data: { ...data, applied } });
}

function leftOpen({ script, statements }: Attempt): DbctlError {
  const { line = 1, column = 1 } = statements.at(-1) ?? {};
  const { file } = script;
  const message = `${file}:${line}:${column} the script leaves a transaction open`;
  const data = { file, line, column, applied: 0, total: statements.length };
  return new DbctlError("MIGRATION_FAILED", message, { store: "postgres", data });
}
