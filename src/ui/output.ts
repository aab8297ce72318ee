import type { Writable } from "node:stream";

/** Takes secrets out of text, and out of every string within data. */
export interface Redactor {
  redact(text: string): string;
  redactDeep(value: unknown): unknown;
}

/** Where text leaves the process. Everything passes the redactor. */
export interface Output {
  /** The result: stdout. */
  result(text: string): void;
  /** Everything else: stderr. */
  say(text: string): void;
  /**
   * Resolves when stdout has taken all of the result; with what stopped it, a reader that went away left out, and null
   * when all was well.
   */
  written(): Promise<Error | null>;
}

/** Streams that are made when they are first read. */
interface Streams {
  readonly stdout: Writable;
  readonly stderr: Writable;
}

/**
 * Writes to the two streams, each text ending in one newline. A closed pipe (`dbctl … | head`) silences its stream
 * without a word and changes nothing else.
 */
export function createOutput(streams: Streams, redactor: Redactor): Output {
  const result = quietly(() => streams.stdout);
  const progress = quietly(() => streams.stderr);
  const line = (text: string) => `${redactor.redact(text).replace(/\n+$/, "")}\n`;
  return {
    result: (text) => result.write(line(text)),
    say: (text) => progress.write(line(text)),
    written: result.written,
  };
}

function quietly(open: () => Writable) {
  let stream: Writable | undefined;
  let closed = false;
  let failure: Error | null = null;
  let lastWrite = Promise.resolve();
  const opened = () => {
    stream ??= open().on("error", (error: NodeJS.ErrnoException) => {
      closed = true;
      if (error.code !== "EPIPE") failure ??= error;
    });
    return stream;
  };
  return {
    write: (text: string) => {
      if (closed) return;
      lastWrite = new Promise((resolve) => {
        // The callback comes before the error event.
        opened().write(text, () => setImmediate(resolve));
      });
    },
    written: async () => {
      await lastWrite;
      return failure;
    },
  };
}
