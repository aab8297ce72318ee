import { DbctlError } from "../errors.ts";

/**
 * Runs at once the tasks that `start` returns, waits until every one has ended, and throws what went wrong first: an
 * error of substance before the cancellations that it caused. The signal given to `start` aborts when a task fails or
 * `signal` does.
 */
export async function together(
  signal: AbortSignal,
  start: (signal: AbortSignal) => readonly Promise<void>[],
): Promise<void> {
  const controller = new AbortController();
  const failures: unknown[] = [];
  const tasks = start(AbortSignal.any([signal, controller.signal]));
  await Promise.all(
    tasks.map((task) =>
      task.catch((error: unknown) => {
        failures.push(error);
        controller.abort(error);
      }),
    ),
  );
  if (failures.length > 0) throw failures.find((error) => !isCancellation(error)) ?? failures[0];
}

export function isCancellation(error: unknown): boolean {
  return error instanceof DbctlError && error.code === "CANCELLED";
}

/** @throws CANCELLED once `signal` has aborted: for loops that wait for nothing that knows the signal */
export function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new DbctlError("CANCELLED", "interrupted", { cause: signal.reason });
}
