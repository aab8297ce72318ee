import type { Context, Warning } from "../context.ts";
import { asDbctlError, DbctlError } from "../errors.ts";
import type { LockHolder, Store } from "../stores/store.ts";
import { STORE_NAMES } from "../stores/store.ts";

/** The one lock of a layer: whoever changes histories holds it. */
const LOCK_NAME = "migrate";

export const DEFAULT_LOCK_WAIT_MS = 10 * 60 * 1_000;

export interface Locked<T> {
  readonly value: T;
  /** When no store of the project can hold a lock. */
  readonly warnings: readonly Warning[];
}

/**
 * Runs under the layer's lock, in the first store of the project that can hold one, whatever flags select; if that
 * store is down nothing runs. Says who is waited for. The signal of `run` aborts when the lock is lost or the run is
 * interrupted. @throws LOCK_HELD after `waitMs`; LOCK_LOST; what the store's `connect` throws
 */
export async function withMigrationLock<T>(
  context: Context,
  waitMs: number,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<Locked<T>> {
  const store = await findLockStore(context);
  if (store?.withLock === undefined) {
    return { value: await run(context.signal), warnings: [notExcluded()] };
  }
  await store.connect(context.signal);
  let noted = false;
  const onWait = (holder: LockHolder) => {
    if (!noted) context.reporter.note(`waiting up to ${seconds(waitMs)} for the lock: ${describe(holder)}`);
    noted = true;
  };
  const value = await store.withLock(
    LOCK_NAME,
    { waitMs, signal: context.signal, onWait },
    async (signal) => {
      try {
        return await run(signal);
      } catch (error) {
        throw abortCause(asDbctlError(error), signal);
      }
    },
  );
  return { value, warnings: [] };
}

/** What cut a call off says only CANCELLED: when that was the loss of the lock, its error takes the place. */
export function abortCause(error: DbctlError, signal: AbortSignal): DbctlError {
  const isCut = error.code === "CANCELLED" && signal.aborted && signal.reason instanceof DbctlError;
  return isCut ? signal.reason : error;
}

/** Throws why `signal` aborted: LOCK_LOST or CANCELLED. */
export function throwIfAborted(signal: AbortSignal): void {
  if (!signal.aborted) return;
  if (signal.reason instanceof DbctlError) throw signal.reason;
  throw new DbctlError("CANCELLED", "interrupted");
}

async function findLockStore(context: Context): Promise<Store | null> {
  for (const name of STORE_NAMES) {
    if (!context.config.stores.has(name)) continue;
    const store = await context.stores.get(name);
    if (store.withLock !== undefined) return store;
  }
  return null;
}

function describe({ host, pid, ageMs }: LockHolder): string {
  return `process ${pid} on ${host} has held it for ${seconds(ageMs)}`;
}

function seconds(durationMs: number): string {
  return `${Math.round(durationMs / 1_000)} s`;
}

function notExcluded(): Warning {
  return {
    code: "LOCK_HELD",
    message: "no store of this project can hold a lock: nothing keeps two runs from migrating at once",
    hint: "make sure that one run at a time migrates",
  };
}
