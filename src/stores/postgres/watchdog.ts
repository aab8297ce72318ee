import type { PoolClient } from "pg";

/**
 * Looks after a server that says nothing: however long a statement may take, a server that no longer even takes a new
 * connection will not answer. The server's own timeouts are of no use when it hangs.
 */
export class Watchdog {
  readonly #client: PoolClient;
  readonly #silenceMs: number;
  readonly #probe: () => Promise<boolean>;
  #timer: NodeJS.Timeout | undefined;
  /** Counts the operations that were watched, so that a late answer to a probe is not taken for the next one. */
  #watch = 0;
  #hasBarked = false;

  /** @param probe whether the server answers at all; must end by itself */
  constructor(client: PoolClient, silenceMs: number, probe: () => Promise<boolean>) {
    this.#client = client;
    this.#silenceMs = silenceMs;
    this.#probe = probe;
  }

  /** The connection was cut because the server did not answer. */
  get hasBarked(): boolean {
    return this.#hasBarked;
  }

  start(): void {
    this.#watch++;
    this.#wait(this.#watch);
  }

  stop(): void {
    this.#watch++;
    clearTimeout(this.#timer);
  }

  #wait(watch: number): void {
    const before = this.#bytesRead;
    this.#timer = setTimeout(() => void this.#look(watch, before), this.#silenceMs);
    this.#timer.unref();
  }

  async #look(watch: number, before: number): Promise<void> {
    const isSilent = this.#bytesRead === before;
    const isDead = isSilent && !(await this.#probe());
    if (watch !== this.#watch) return;
    if (isDead && this.#bytesRead === before) {
      this.#hasBarked = true;
      this.#client.connection.stream.destroy();
    } else this.#wait(watch);
  }

  get #bytesRead(): number {
    const stream: { readonly bytesRead?: number } = this.#client.connection.stream as object;
    return stream.bytesRead ?? 0;
  }
}
