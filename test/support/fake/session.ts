import { DbctlError, type DbctlErrorDetails, type ErrorCode } from "../../../src/errors.ts";
import type { StoreName } from "../../../src/stores/store.ts";
import type { FakeNamespace, FakeServer } from "./server.ts";

export interface SessionOptions {
  readonly name: StoreName;
  readonly namespace: string;
  readonly server: FakeServer;
  readonly password: string | null;
  readonly connectTimeoutMs: number;
}

/** One store's way to the server: every operation enters through it. */
export class Session {
  readonly name: StoreName;
  readonly namespace: string;
  readonly server: FakeServer;
  readonly #password: string | null;
  readonly #connectTimeoutMs: number;
  readonly #closed = new AbortController();
  #hangs = false;

  constructor(options: SessionOptions) {
    this.name = options.name;
    this.namespace = options.namespace;
    this.server = options.server;
    this.#password = options.password;
    this.#connectTimeoutMs = options.connectTimeoutMs;
  }

  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  get state(): FakeNamespace {
    return this.server.namespace(this.namespace);
  }

  error(code: ErrorCode, message: string, details: DbctlErrorDetails = {}): DbctlError {
    return new DbctlError(code, `${this.name}: ${message}`, { store: this.name, ...details });
  }

  hang(): void {
    this.#hangs = true;
  }

  close(): void {
    this.#closed.abort();
    this.server.cut(this);
  }

  /** @throws STORE_CLOSED, CANCELLED */
  check(signal?: AbortSignal): void {
    if (this.#closed.signal.aborted) throw this.error("STORE_CLOSED", "the store was closed");
    if (signal?.aborted) throw this.error("CANCELLED", "interrupted");
  }

  /** To be passed before anything is read or written. @throws STORE_UNREACHABLE, STORE_TIMEOUT, AUTH_FAILED as well */
  async enter(operation: string, signal: AbortSignal, collection?: string): Promise<void> {
    this.check(signal);
    await this.#answer(signal);
    const { onCall } = this.server;
    if (onCall !== null)
      await this.untilStopped(
        Promise.resolve(onCall({ operation, namespace: this.namespace, collection })),
        signal,
      );
    // Even an engine in memory lets others have their turn.
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.check(signal);
  }

  /** Ends early when the store is closed or the signal aborts. @throws STORE_CLOSED, CANCELLED */
  async wait(durationMs: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = Number.isFinite(durationMs) ? setTimeout(resolve, durationMs) : undefined;
    try {
      await this.untilStopped(promise, signal);
    } finally {
      clearTimeout(timer);
    }
  }

  /** What `work` gives, unless the store is closed or the signal aborts first. */
  async untilStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
    const stop = AbortSignal.any([signal, this.#closed.signal]);
    const stopped = Promise.withResolvers<never>();
    const onStop = () => {
      try {
        this.check(signal);
      } catch (error) {
        stopped.reject(error);
      }
    };
    stop.addEventListener("abort", onStop, { once: true });
    if (stop.aborted) onStop();
    try {
      return await Promise.race([work, stopped.promise]);
    } finally {
      stop.removeEventListener("abort", onStop);
    }
  }

  async #answer(signal: AbortSignal): Promise<void> {
    const { mode, password } = this.server;
    if (mode === "down") throw this.error("STORE_UNREACHABLE", `${this.name} refuses connections`);
    if (mode === "hanging" || this.#hangs) {
      await this.wait(this.#connectTimeoutMs, signal);
      throw this.error("STORE_TIMEOUT", `${this.name} did not answer within ${this.#connectTimeoutMs} ms`);
    }
    if (password !== null && password !== this.#password)
      throw this.error("AUTH_FAILED", "the password is wrong");
  }
}
