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

/**
 * Writes to the two streams, each text ending in one newline. A closed pipe (`dbctl … | head`) silences its stream
 * without a word and changes nothing else.
 */
export function createOutput(stdout: Writable, stderr: Writable, redactor: Redactor): Output {
  const result = quietly(stdout);
  const progress = quietly(stderr);
  const line = (text: string) => `${redactor.redact(text).replace(/\n+$/, "")}\n`;
  return {
    result: (text) => result.write(line(text)),
    say: (text) => progress.write(line(text)),
    failure: result.failure,
  };
}

function quietly(stream: Writable) {
  let closed = false;
  let failure: Error | null = null;
  stream.on("error", (error: NodeJS.ErrnoException) => {
    closed = true;
    if (error.code !== "EPIPE") failure ??= error;
  });
  return {
    write: (text: string) => {
      if (!closed) stream.write(text);
    },
    failure: () => failure,
  };
}
