/** Reads: every one a binary COPY in a transaction that can only read, its settings gone with it. */
import { tuples } from "../../encoding/tuple.ts";
import { DbctlError } from "../../errors.ts";
import type { ReadOptions, RowBatch } from "../store.ts";
import type { Connections } from "./connection.ts";
import type { Session } from "./session.ts";
import { importSnapshot } from "./snapshot.ts";

const CLIENT_CHECK_SINCE_VERSION = 140_000;

/** Notices within a second that dbctl is gone, where the server can: else a long statement runs to its end. */
export function watchClient(serverVersion: number): string {
  return serverVersion >= CLIENT_CHECK_SINCE_VERSION
    ? "SET LOCAL client_connection_check_interval = 1000; "
    : "";
}

export interface ReadLimits {
  /** Of a statement; 0: none. */
  readonly timeoutMs: number;
}

/** Row-level security is off, so that the server refuses to read where it would leave rows out. */
export function beginRead(connections: Connections, { snapshot }: ReadOptions, limits: ReadLimits): string {
  return (
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; " +
    importSnapshot(snapshot) +
    "SET LOCAL row_security = off; SET LOCAL jit = off; " +
    "SET LOCAL idle_in_transaction_session_timeout = 0; " +
    `SET LOCAL statement_timeout = ${Math.trunc(limits.timeoutMs)}; ` +
    watchClient(connections.serverVersion)
  );
}

export function copyOf(select: string): string {
  return `COPY (${select}) TO STDOUT (FORMAT binary)`;
}

/** The rows of a SELECT for as long as the reader likes, on a session of its own. */
export async function* readRows(
  connections: Connections,
  select: string,
  options: ReadOptions,
): AsyncGenerator<RowBatch, void, undefined> {
  const session = await connections.lease(options.signal, { dedicated: true });
  try {
    yield* readWith(session, `${beginRead(connections, options, { timeoutMs: 0 })}${copyOf(select)}; COMMIT`);
  } finally {
    session.release();
  }
}

/** The tuples of a SELECT that returns few. */
export async function readFew(
  connections: Connections,
  select: string,
  options: ReadOptions,
  limits: ReadLimits,
): Promise<Uint8Array[]> {
  return connections.use(options.signal, async (session) => {
    const found: Uint8Array[] = [];
    const sql = `${beginRead(connections, options, limits)}${copyOf(select)}; COMMIT`;
    for await (const batch of readWith(session, sql)) {
      for (const tuple of tuples(batch)) found.push(tuple);
    }
    return found;
  });
}

/** A value that the server can't cast to its declared type is named as such. */
export async function* readWith(session: Session, sql: string): AsyncGenerator<RowBatch, void, undefined> {
  try {
    yield* session.copyOut(sql);
  } catch (error) {
    throw asValueFault(error);
  }
}

/** Data exceptions, and NaN or infinity cast to an integer. */
const VALUE_FAULT = /^(22|0A000)/;
const SNAPSHOT_GONE = /^(22023|42704)$/;

function asValueFault(error: unknown): unknown {
  if (!(error instanceof DbctlError) || error.code !== "STATEMENT_FAILED") return error;
  const sqlstate = String(error.data?.sqlstate);
  const { message, data, store } = error;
  if (SNAPSHOT_GONE.test(sqlstate) && message.includes("snapshot"))
    return new DbctlError("STATEMENT_FAILED", "the snapshot was released before it was read", {
      data,
      store,
    });
  if (!VALUE_FAULT.test(sqlstate)) return error;
  const text = `a value does not fit its declared type: ${message}`;
  return new DbctlError("VALUE_UNREPRESENTABLE", text, { data, store });
}
