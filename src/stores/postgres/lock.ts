import { createHash } from "node:crypto";
import { hostname } from "node:os";
import type { DbctlError } from "../../errors.ts";
import { sleep } from "../../util/sleep.ts";
import type { LockHolder, Store } from "../store.ts";
import { greetedPid } from "./client.ts";
import type { Server } from "./database.ts";
import { quoteText } from "./literal.ts";
import type { Session } from "./session.ts";

type WithLock = NonNullable<Store["withLock"]>;
type LockOptions = Parameters<WithLock>[1];

const POLL_MS = 100;
/** A connection that breaks is noticed at once; one that goes silent after some of these. */
const PING_MS = 250;
const SILENT_TICKS = 12;
const UNLOCK_MS = 500;
/** Longest application_name; what is longer the server cuts off. */
const NAME_BYTES = 63;
const MARK = "dbctl-lock";

/** An advisory lock: its two halves are what pg_locks shows of it. */
interface LockKey {
  readonly high: number;
  readonly low: number;
}

function lockKey(name: string, schema: string): LockKey {
  const hash = createHash("sha256").update(`dbctl\0${schema}\0${name}`).digest();
  return { high: hash.readInt32BE(0), low: hash.readInt32BE(4) };
}

function keySql({ high, low }: LockKey): string {
  return `(${high}::int8 << 32) | (${low}::int8 & 4294967295)`;
}

/** Its rows in pg_locks; the halves stand there without sign. */
function lockRows({ high, low }: LockKey): string {
  return (
    "FROM pg_catalog.pg_locks l WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 " +
    "AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()) " +
    `AND l.classid = ${high >>> 0}::oid AND l.objid = ${low >>> 0}::oid`
  );
}

/**
 * A session lock on a connection of its own, asked for again and again: a session that waits inside the server would
 * deadlock with CREATE INDEX CONCURRENTLY. Free at once when its holder dies.
 */
export function lockOf(server: Server): WithLock {
  return async (name, options, run) => {
    const key = lockKey(name, server.namespace.schema);
    // Interrupting the run must not free the lock before the run has ended: only waiting for it is cut short.
    const waiting = new AbortController();
    const onAbort = () => waiting.abort();
    options.signal.addEventListener("abort", onAbort, { once: true });
    if (options.signal.aborted) onAbort();
    const session = await server.connections.lease(waiting.signal, { dedicated: true });
    try {
      await acquire(server, session, key, options);
      options.signal.removeEventListener("abort", onAbort);
      return await whileHeld(server, session, key, options.signal, run);
    } finally {
      options.signal.removeEventListener("abort", onAbort);
      session.release({ destroy: true });
    }
  };
}

async function acquire(server: Server, session: Session, key: LockKey, options: LockOptions): Promise<void> {
  const { waitMs, signal, onWait } = options;
  const deadlineMs = performance.now() + waitMs;
  const mine = `${MARK} ${process.pid} `;
  const since = "(extract(epoch FROM clock_timestamp()) * 1000)::int8";
  const attempt =
    `SELECT CASE WHEN pg_try_advisory_lock(${keySql(key)}) THEN pg_backend_pid() END AS pid, ` +
    `set_config('application_name', left(${quoteText(mine)} || ${since} || ' ' || ${quoteText(hostname())}, ${NAME_BYTES}), false)`;
  for (;;) {
    const [row] = await session.run(attempt);
    const pid = row?.pid ?? null;
    if (pid !== null) return verify(server, session, key, Number(pid), signal);
    const holder = await findHolder(session, key);
    const leftMs = deadlineMs - performance.now();
    if (leftMs <= 0) throw held(server, holder ?? { host: "unknown", pid: 0, ageMs: 0 });
    if (holder !== null) onWait?.(holder);
    await sleep(Math.min(holder === null ? 1 : POLL_MS, leftMs), signal);
  }
}

function held({ faults }: Server, holder: LockHolder): DbctlError {
  const { host, pid, ageMs } = holder;
  return faults.fault(
    "LOCK_HELD",
    `the lock is held by process ${pid} on ${host}, for ${Math.round(ageMs / 1000)} s`,
    {
      data: { host, pid, ageMs },
    },
  );
}

/** Who holds it says so in its application_name; null when nobody does any more. */
async function findHolder(session: Session, key: LockKey): Promise<LockHolder | null> {
  const [row] = await session.run(
    "SELECT (SELECT a.application_name FROM pg_catalog.pg_stat_activity a WHERE a.pid = l.pid) AS name, l.pid, " +
      "(SELECT host(a.client_addr) FROM pg_catalog.pg_stat_activity a WHERE a.pid = l.pid) AS address, " +
      `(extract(epoch FROM clock_timestamp()) * 1000)::int8 AS now ${lockRows(key)}`,
  );
  if (row === undefined) return null;
  const [mark, pid, since, ...host] = (row.name ?? "").split(" ");
  if (mark !== MARK) return { host: row.address ?? "the server", pid: Number(row.pid), ageMs: 0 };
  return { host: host.join(" "), pid: Number(pid), ageMs: Math.max(0, Number(row.now) - Number(since)) };
}

/**
 * Behind a pooler that hands out connections by transaction the lock belongs to whoever comes next. Such a pooler greets
 * with a process id of its own; if then another connection meets the very backend that holds the lock, it is one.
 */
async function verify(
  { connections, faults }: Server,
  session: Session,
  key: LockKey,
  pid: number,
  signal: AbortSignal,
): Promise<void> {
  let isOurs = await isHeld(session, key);
  if (isOurs && greetedPid(session.client) !== pid) {
    const other = await connections.use(signal, (second) => second.run("SELECT pg_backend_pid() AS pid"), {
      dedicated: true,
    });
    isOurs = Number(other[0]?.pid) !== pid;
  }
  if (isOurs) return;
  await session.run(`SELECT pg_advisory_unlock(${keySql(key)})`).catch(() => {});
  throw faults.fault(
    "CONFIG_INVALID",
    "the URL leads through a pooler that shares connections by transaction: no lock can be held there",
    { hint: "give dbctl the URL of the server itself, or of a pooler in session mode" },
  );
}

async function isHeld(session: Session, key: LockKey): Promise<boolean> {
  const rows = await session.run(`SELECT ${lockRows(key)} AND l.pid = pg_backend_pid()`);
  return rows.length > 0;
}

/** Runs under a signal that aborts when the lock is lost, and then throws LOCK_LOST whatever `run` says. */
async function whileHeld<T>(
  { faults, connections }: Server,
  session: Session,
  key: LockKey,
  signal: AbortSignal,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const lost = new AbortController();
  const lose = (why: string) => {
    if (connections.isClosed) lost.abort(faults.closed());
    else if (!signal.aborted) lost.abort(faults.fault("LOCK_LOST", `the lock was lost: ${why}`));
  };
  const watch = new Watch(session, key, lose);
  try {
    const result = await run(AbortSignal.any([signal, lost.signal]));
    if (lost.signal.aborted) throw lost.signal.reason;
    return result;
  } catch (error) {
    throw lost.signal.aborted ? lost.signal.reason : error;
  } finally {
    await watch.release();
  }
}

/** Looks after a lock that is held, until `release`. */
class Watch {
  readonly #session: Session;
  readonly #key: LockKey;
  readonly #lose: (why: string) => void;
  readonly #timer: NodeJS.Timeout;
  #asking: Promise<void> | null = null;
  #silentTicks = 0;
  #isOver = false;

  /** @param lose called at most once, when the lock is lost */
  constructor(session: Session, key: LockKey, lose: (why: string) => void) {
    this.#session = session;
    this.#key = key;
    this.#lose = lose;
    this.#timer = setInterval(() => this.#tick(), PING_MS);
    session.client.on("end", this.#onEnd);
  }

  /** Gives the lock back, without waiting for a server that does not answer. Never throws. */
  async release(): Promise<void> {
    if (this.#isOver) return;
    this.#stop();
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, UNLOCK_MS);
    });
    await Promise.race([this.#unlock(), patience]);
    clearTimeout(timer);
  }

  async #unlock(): Promise<void> {
    await this.#asking;
    await this.#session.run(`SELECT pg_advisory_unlock(${keySql(this.#key)})`).catch(() => {});
  }

  /** Ticks are counted, not time: a process that was busy itself has its answer waiting by the next one. */
  #tick(): void {
    if (this.#asking === null) {
      this.#silentTicks = 0;
      this.#asking = this.#ask();
    } else if (++this.#silentTicks >= SILENT_TICKS) {
      this.#over("the server does not answer");
    }
  }

  async #ask(): Promise<void> {
    try {
      if (!(await isHeld(this.#session, this.#key))) this.#over("the server gave it up");
    } catch (error) {
      this.#over(error instanceof Error ? error.message : String(error));
    }
    this.#asking = null;
  }

  readonly #onEnd = (): void => this.#over("its connection ended");

  #over(why: string): void {
    if (this.#isOver) return;
    this.#stop();
    this.#lose(why);
  }

  #stop(): void {
    this.#isOver = true;
    clearInterval(this.#timer);
    this.#session.client.off("end", this.#onEnd);
  }
}
