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
  let onStop: (() => void) | undefined;
  const stopped = new Promise<never>((_, reject) => {
    onStop = () => reject(stopError(connection, signal));
    signal.addEventListener("abort", onStop, { once: true });
    closing.addEventListener("abort", onStop, { once: true });
  });
  stopped.catch(() => {});
  let ended = false;
  try {
    for (;;) {
      if (signal.aborted || closing.aborted) throw stopError(connection, signal);
      const next = await Promise.race([iterator.next(), stopped]);
      if (next.done) {
        ended = true;
        return;
      }
      yield next.value;
    }
  } catch (error) {
    // A source that has thrown has ended, and one that hangs would hang here, too.
    ended = !(signal.aborted || closing.aborted);
    throw error;
  } finally {
    if (onStop !== undefined) {
      signal.removeEventListener("abort", onStop);
      closing.removeEventListener("abort", onStop);
    }
    if (!ended) {
      const returned = Promise.resolve(iterator.return?.()).then(
        () => {},
        () => {},
      );
      if (!(signal.aborted || closing.aborted)) await returned;
    }
  }
}

function stopError(connection: Connection, signal: AbortSignal): DbctlError {
  return connection.isClosed || !signal.aborted
    ? new DbctlError("STORE_CLOSED", "the ClickHouse store is closed", { store: "clickhouse" })
    : new DbctlError("CANCELLED", "interrupted", { store: "clickhouse" });
}
