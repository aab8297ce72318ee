import type { PoolClient } from "pg";
import type { DbctlError } from "../../errors.ts";
import type { RowBatch } from "../store.ts";
import { greetedPid } from "./client.ts";
import { CopyOut } from "./copy-out.ts";
import type { Faults } from "./errors.ts";
import { Watchdog } from "./watchdog.ts";

/** Columns as the server writes them: no number, no Date. */
export type Row = Readonly<Record<string, string | null>>;

const AS_TEXT = { getTypeParser: () => (text: string) => text };

export interface Lease {
  readonly client: PoolClient;
  readonly faults: Faults;
  /** Ends what the session is doing when it aborts. */
  readonly signal: AbortSignal;
  /** How long the server may take to end a statement that was cancelled, before the connection is cut. */
  readonly graceMs: number;
  isClosed(): boolean;
  /** Asks the server to cancel what the client is running; returns at once. */
  cancel(client: PoolClient): void;
  /** Whether the server answers a new connection. */
  probe(): Promise<boolean>;
  /** How long the server may say nothing before it is probed. */
  readonly silenceMs: number;
  /** Gives the client back; a destroyed one is not used again. */
  giveBack(destroy: boolean): void;
}

/** One connection, ours until `release`. One operation at a time. Throws errors of src/errors.ts only. */
export class Session {
  readonly #lease: Lease;
  readonly #watchdog: Watchdog;
  #busy = false;
  /** Set while it is unknown what state the connection is in. */
  #broken = false;
  /** A cancel request may still be on its way, and would hit whatever the connection runs by then. */
  #wasCancelled = false;
  #released = false;
  #cut: NodeJS.Timeout | undefined;

  constructor(lease: Lease) {
    this.#lease = lease;
    this.#watchdog = new Watchdog(lease.client, lease.silenceMs, () => lease.probe());
    lease.signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  get client(): PoolClient {
    return this.#lease.client;
  }

  /** The server's process behind the connection, as its greeting said. */
  get backendPid(): number {
    return greetedPid(this.#lease.client) ?? 0;
  }

  /** After the last statement. */
  get isInTransaction(): boolean {
    return this.#lease.client.getTransactionStatus() !== "I";
  }

  /**
   * Runs one or several statements (several only without `values`) and returns all their rows.
   * @throws also when the signal has aborted before
   */
  run(sql: string, values?: readonly unknown[]): Promise<readonly Row[]> {
    return this.raw(async (client) => {
      const result: unknown = await client.query({
        text: sql,
        types: AS_TEXT,
        ...(values !== undefined && { values: [...values] }),
      });
      return rowsOf(result);
    });
  }

  /** Runs `work` on the bare client: for what is neither a statement nor a COPY out. */
  async raw<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    this.#begin();
    try {
      const result = await work(this.#lease.client);
      this.#broken = false;
      return result;
    } catch (error) {
      this.#broken = true;
      throw this.wrap(error);
    } finally {
      this.#end();
    }
  }

  /**
   * The rows of a `COPY … TO STDOUT (FORMAT binary)`; other statements may stand around it.
   * To be read once; leaving early cancels it.
   */
  async *copyOut(sql: string): AsyncGenerator<RowBatch, void, undefined> {
    this.#begin();
    const copy = this.#lease.client.query(new CopyOut(sql));
    try {
      for await (const batch of copy.batches()) {
        this.refuseAborted();
        yield batch;
      }
    } catch (error) {
      throw this.wrap(error);
    } finally {
      this.#end();
      if (!copy.finished) {
        this.#broken = true;
        this.#cancel();
      }
    }
  }

  /** What `work` gives, unless the signal aborts or the connection ends first: then nobody waits for it. */
  async orStopped<T>(work: Promise<T>): Promise<T> {
    const { signal, client } = this.#lease;
    const stopped = Promise.withResolvers<never>();
    const onStop = () => stopped.reject(this.wrap(new Error("Connection terminated")));
    signal.addEventListener("abort", onStop, { once: true });
    client.once("end", onStop);
    try {
      this.refuseAborted();
      return await Promise.race([work, stopped.promise]);
    } finally {
      signal.removeEventListener("abort", onStop);
      client.off("end", onStop);
      work.catch(() => {});
    }
  }

  wrap(error: unknown): DbctlError {
    const { faults, signal } = this.#lease;
    const closed = this.#lease.isClosed();
    if (this.#watchdog.hasBarked && !closed && !signal.aborted) return faults.silent();
    return faults.wrap(error, { signal, closed });
  }

  /** Idempotent. A session in doubt, in a transaction or told to is destroyed; another one is used again. */
  release(options: { readonly destroy?: boolean } = {}): void {
    if (this.#released) return;
    this.#released = true;
    clearTimeout(this.#cut);
    this.#lease.signal.removeEventListener("abort", this.#onAbort);
    const { client } = this.#lease;
    const inDoubt = this.#broken || this.#busy || this.#wasCancelled || client.getTransactionStatus() !== "I";
    this.#lease.giveBack(inDoubt || options.destroy === true);
  }

  #begin(): void {
    this.refuseAborted();
    this.#busy = true;
    this.#watchdog.start();
  }

  #end(): void {
    this.#busy = false;
    this.#watchdog.stop();
  }

  /** @throws CANCELLED, STORE_CLOSED */
  refuseAborted(): void {
    if (this.#lease.signal.aborted || this.#lease.isClosed()) throw this.wrap(null);
  }

  #cancel(): void {
    this.#wasCancelled = true;
    this.#lease.cancel(this.#lease.client);
  }

  readonly #onAbort = (): void => {
    if (!this.#busy) return;
    const { client, graceMs } = this.#lease;
    this.#cancel();
    this.#cut = setTimeout(() => client.connection.stream.destroy(), graceMs);
  };
}

function rowsOf(result: unknown): Row[] {
  const results = (Array.isArray(result) ? result : [result]) as readonly { readonly rows: readonly Row[] }[];
  return results.flatMap(({ rows }) => rows);
}
