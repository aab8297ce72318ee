import type { Store } from "../../../src/stores/store.ts";
import type { Session } from "./session.ts";

const POLL_MS = 2;

/** `Store.withLock` of a session. */
export function lockOf(session: Session, host: string, pid: number): NonNullable<Store["withLock"]> {
  const { server } = session;
  return async (name, { waitMs, signal, onWait }, run) => {
    await session.enter("lock", signal);
    const key = `${session.namespace}\0${name}`;
    const lost = new AbortController();
    const startedMs = Date.now();
    for (let held = server.locks.get(key); held !== undefined; held = server.locks.get(key)) {
      const holder = { host: held.host, pid: held.pid, ageMs: Date.now() - held.sinceMs };
      if (Date.now() - startedMs >= waitMs) {
        const message = `the lock ${name} is held by process ${holder.pid} on ${holder.host}`;
        throw session.error("LOCK_HELD", message, { data: { ...holder } });
      }
      onWait?.(holder);
      await session.wait(POLL_MS, signal);
    }
    const lose = () => lost.abort(session.error("LOCK_LOST", `the lock ${name} was lost`));
    const lock = { host, pid, sinceMs: Date.now(), lose, owner: session };
    server.locks.set(key, lock);
    try {
      return await run(AbortSignal.any([signal, lost.signal]));
    } finally {
      if (server.locks.get(key) === lock) server.locks.delete(key);
    }
  };
}
