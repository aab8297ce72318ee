import { DbctlError } from "../../errors.ts";
import type { Connection } from "./connection.ts";

/**
 * What `source` yields, until `signal` aborts or the store closes: then the next item is CANCELLED or STORE_CLOSED, at
 * once, even when there are items in hand or the source never answers.
 */
export async function* interruptible<T>(
  connection: Connection,
  signal: AbortSignal,
  source: AsyncIterable<T>,
): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]();
  const { closing } = connection;
  // Not Promise.race with one promise of the stop: that would hold every item until the end.
  let rejectNext: ((error: unknown) => void) | undefined;
  const onStop = () => rejectNext?.(stopError(connection, signal));
  const next = () =>
    new Promise<IteratorResult<T>>((resolve, reject) => {
      rejectNext = reject;
      iterator.next().then(resolve, reject);
    });
  const isStopped = () => signal.aborted || closing.aborted;
  signal.addEventListener("abort", onStop);
  closing.addEventListener("abort", onStop);
  let ended = false;
  try {
    for (;;) {
      if (isStopped()) throw stopError(connection, signal);
      const { done, value } = await next();
      if (done) {
        ended = true;
        return;
      }
      yield value;
    }
  } catch (error) {
    // A source that has thrown has ended, and one that hangs would hang here, too.
    ended = !isStopped();
    throw error;
  } finally {
    signal.removeEventListener("abort", onStop);
    closing.removeEventListener("abort", onStop);
    if (!ended) {
      const returned = Promise.resolve(iterator.return?.()).then(
        () => {},
        () => {},
      );
      if (!isStopped()) await returned;
    }
  }
}

function stopError(connection: Connection, signal: AbortSignal): DbctlError {
  return connection.isClosed || !signal.aborted
    ? new DbctlError("STORE_CLOSED", "the ClickHouse store is closed", { store: "clickhouse" })
    : new DbctlError("CANCELLED", "interrupted", { store: "clickhouse" });
}
