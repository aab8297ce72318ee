import pg, { type PoolClient } from "pg";
import type { StoreOptions } from "../store.ts";
import { createClient, isAnswering, type Link, requestCancel, Sockets } from "./client.ts";
import type { Faults } from "./errors.ts";
import { Gate } from "./gate.ts";
import { Session } from "./session.ts";

const IDLE_TIMEOUT_MS = 10_000;
const READ_GRACE_MS = 50;
/** Where statements have no timeout. */
const SILENCE_MS = 30_000;
/** Within `close`: how long connections may take to end in good order. */
const GOODBYE_MS = 300;

export interface LeaseOptions {
  /**
   * Not counted against the pool's size. For what stays open as long as its reader likes: a reader that waits for a
   * place which another of its own reads holds would wait for ever.
   */
  readonly dedicated?: boolean;
  /** How long a cancelled statement may take to end before the connection is cut. */
  readonly graceMs?: number;
}

/** Connections to one database of one server: pooled, and bounded unless they are dedicated. */
export class Connections {
  readonly #database: string;
  readonly #faults: Faults;
  readonly #gate: Gate;
  readonly #link: Link;
  #pool: pg.Pool;
  #closed = false;

  constructor(options: StoreOptions, database: string, faults: Faults) {
    this.#database = database;
    this.#faults = faults;
    this.#gate = new Gate(options.poolSize);
    const { tls } = options.connection;
    this.#link = { options, sockets: new Sockets(), encrypt: tls !== null, serverVersion: 0 };
    this.#pool = this.#newPool();
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** `150004`; known once a session was leased. */
  get serverVersion(): number {
    return this.#link.serverVersion;
  }

  /** Runs `work` on a session and takes the session back however it ends. */
  async use<T>(
    signal: AbortSignal,
    work: (session: Session) => Promise<T>,
    options: LeaseOptions = {},
  ): Promise<T> {
    const session = await this.lease(signal, options);
    try {
      return await work(session);
    } finally {
      session.release();
    }
  }

  /** A session until its `release`; cancelled when `signal` aborts. */
  async lease(signal: AbortSignal, options: LeaseOptions = {}): Promise<Session> {
    let leave = () => {};
    try {
      if (this.#closed) throw this.#faults.closed();
      if (options.dedicated !== true) leave = await this.#gate.enter(signal);
      const client = await this.#connect(signal);
      return new Session({
        client,
        faults: this.#faults,
        signal,
        graceMs: options.graceMs ?? READ_GRACE_MS,
        isClosed: () => this.#closed,
        cancel: (busy) => requestCancel(this.#link, busy),
        probe: () => isAnswering(this.#link, this.#database),
        silenceMs: this.#link.options.statementTimeoutMs || SILENCE_MS,
        giveBack: (destroy) => {
          if (destroy) client.connection.stream.destroy();
          client.release(destroy);
          leave();
        },
      });
    } catch (error) {
      leave();
      throw this.#faults.wrap(error, { signal, closed: this.#closed });
    }
  }

  /** Ends the idle connections, and the leased ones when they come back. */
  recycle(): void {
    const old = this.#pool;
    this.#pool = this.#newPool();
    old.end().catch(() => {});
  }

  /** Ends every connection, if need be by cutting it. Idempotent; never throws; ends within half a second. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, GOODBYE_MS);
    });
    await Promise.race([this.#pool.end().catch(() => {}), patience]);
    clearTimeout(timer);
    this.#link.sockets.destroy();
  }

  async #connect(signal: AbortSignal): Promise<PoolClient> {
    try {
      return await this.#checkOut(signal);
    } catch (error) {
      const { tls } = this.#link.options.connection;
      const refused =
        error instanceof Error && error.message === "The server does not support SSL connections";
      if (!refused || tls?.optional !== true) throw error;
      this.#link.encrypt = false;
      return this.#checkOut(signal);
    }
  }

  /** A client that arrives after the signal has aborted goes back at once. */
  async #checkOut(signal: AbortSignal): Promise<PoolClient> {
    const coming = this.#pool.connect();
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        reject(signal.reason);
        coming.then(
          (client) => client.release(),
          () => {},
        );
      };
      if (signal.aborted) return onAbort();
      signal.addEventListener("abort", onAbort, { once: true });
      coming.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
    });
  }

  /** The pool's own limit and timeout are off: the gate limits, and clients time out while they connect. */
  #newPool(): pg.Pool {
    const link = this.#link;
    const database = this.#database;
    const { connectTimeoutMs } = link.options;
    const pool = new pg.Pool({
      max: Number.MAX_SAFE_INTEGER,
      connectionTimeoutMillis: 0,
      idleTimeoutMillis: IDLE_TIMEOUT_MS,
      allowExitOnIdle: true,
      Client: function client() {
        return createClient(link, database, connectTimeoutMs);
      } as unknown as new () => pg.Client,
    } as pg.PoolConfig);
    pool.on("error", () => {});
    return pool;
  }
}
