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
  /** What stopped stdout from taking the result, a reader that went away left out; null when all was well. */
  failure(): Error | null;
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
    failure: result.failure,
  };
}

function quietly(open: () => Writable) {
  let stream: Writable | undefined;
  let closed = false;
  let failure: Error | null = null;
  const opened = () => {
    stream ??= open().on("error", (error: NodeJS.ErrnoException) => {
      closed = true;
      if (error.code !== "EPIPE") failure ??= error;
    });
    return stream;
  };
  return {
    write: (text: string) => {
      if (!closed) opened().write(text);
    },
    failure: () => failure,
  };
}
