import type { DbctlError } from "../../errors.ts";
import { type ErrorContext, type StopReason, wrapError } from "./errors.ts";

/** What stops one request: its caller's signal, its time limit, silence, or the closing of the store. */
export class RequestScope {
  readonly #controller = new AbortController();
  readonly #context: Omit<ErrorContext, "stopped" | "timeoutMs">;
  readonly #callerSignal: AbortSignal;
  readonly #timeoutMs: number;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #onAbort = () => this.stop("aborted");
  #stopped: StopReason | null = null;

  /** @param timeoutMs limit of the whole request; 0: none */
  constructor(signal: AbortSignal, timeoutMs: number, context: Omit<ErrorContext, "stopped" | "timeoutMs">) {
    this.#context = context;
    this.#callerSignal = signal;
    this.#timeoutMs = timeoutMs;
    if (timeoutMs > 0) this.#timer = setTimeout(() => this.stop("timeout"), timeoutMs);
    if (signal.aborted) this.stop("aborted");
    else signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get stopped(): StopReason | null {
    return this.#stopped;
  }

  stop(reason: StopReason): void {
    if (this.#stopped !== null) return;
    this.#stopped = reason;
    this.#controller.abort();
  }

  /** `promise`, or the error of what stopped the request, whichever comes first. */
  async race<T>(promise: Promise<T>): Promise<T> {
    let onStop: (() => void) | undefined;
    const stopped = new Promise<never>((_, reject) => {
      onStop = () => reject(new Error("stopped"));
      if (this.signal.aborted) onStop();
      else this.signal.addEventListener("abort", onStop, { once: true });
    });
    try {
      return await Promise.race([promise, stopped]);
    } finally {
      if (onStop !== undefined) this.signal.removeEventListener("abort", onStop);
    }
  }

  error(thrown: unknown): DbctlError {
    return wrapError(thrown, { ...this.#context, stopped: this.#stopped, timeoutMs: this.#timeoutMs });
  }

  /** Lets go of timer and listener. */
  end(): void {
    clearTimeout(this.#timer);
    this.#callerSignal.removeEventListener("abort", this.#onAbort);
  }
}
