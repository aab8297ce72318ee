import type { RowBatch } from "../store.ts";

/** The caller's batches, looked at one ahead. */
export class Source {
  readonly #iterator: AsyncIterator<RowBatch>;
  #next: RowBatch | null = null;
  #looking: Promise<boolean> | null = null;
  #ended = false;
  /** What the caller's iterable threw. */
  error: unknown = null;

  constructor(rows: AsyncIterable<RowBatch>) {
    this.#iterator = rows[Symbol.asyncIterator]();
  }

  /** Asks the caller once for each batch, however often it is called meanwhile. @throws what the caller's iterable throws */
  async hasMore(): Promise<boolean> {
    if (this.#next !== null) return true;
    if (this.#ended) return false;
    this.#looking ??= this.#look();
    return this.#looking;
  }

  /** Only when there is more. */
  take(): RowBatch {
    const batch = this.#next ?? { rows: 0, bytes: new Uint8Array() };
    this.#next = null;
    return batch;
  }

  /** Tells the caller that no more is wanted; does not wait for it. */
  stop(): void {
    if (this.#ended) return;
    this.#ended = true;
    Promise.resolve(this.#iterator.return?.()).catch(() => {});
  }

  async #look(): Promise<boolean> {
    try {
      const result = await this.#iterator.next();
      if (result.done === true) this.#ended = true;
      else this.#next = result.value;
    } catch (error) {
      this.#ended = true;
      this.error = error ?? new Error("the source of rows failed");
      throw error;
    } finally {
      this.#looking = null;
    }
    return this.#next !== null;
  }
}
