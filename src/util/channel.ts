import { DbctlError } from "../errors.ts";

/** A bounded queue between one sender and one reader: the sender waits while it is full. */
export interface Channel<T> {
  /** Resolves when there is room for the next item. @throws CANCELLED when the reader has stopped */
  send(item: T): Promise<void>;
  /** Nothing more comes: the reader ends after what is queued. Idempotent. */
  close(): void;
  /** The reader throws `error`, whatever is still queued. Idempotent. */
  fail(error: unknown): void;
  /** To be read once. Leaving the loop early stops the sender. */
  readonly items: AsyncIterable<T>;
}

/** @param capacity items that wait before the sender does; at least 1 */
export function channel<T>(capacity: number): Channel<T> {
  const { readable, writable } = new TransformStream<T, T>(
    undefined,
    new CountQueuingStrategy({ highWaterMark: capacity }),
    new CountQueuingStrategy({ highWaterMark: 0 }),
  );
  const writer = writable.getWriter();
  // Failures reach the sender through send and the reader through the loop.
  writer.closed.catch(() => {});
  writer.ready.catch(() => {});
  let ended = false;
  return {
    items: readable,
    async send(item) {
      try {
        writer.write(item).catch(() => {});
        await writer.ready;
      } catch (error) {
        throw new DbctlError("CANCELLED", "the reader of a queue has stopped", { cause: error });
      }
    },
    close() {
      if (ended) return;
      ended = true;
      writer.close().catch(() => {});
    },
    fail(error) {
      if (ended) return;
      ended = true;
      writer.abort(error).catch(() => {});
    },
  };
}
