import { createInterface } from "node:readline/promises";
import { DbctlError } from "../errors.ts";
import type { Io } from "./io.ts";

export interface PromptOptions {
  readonly io: Pick<Io, "stdin" | "stderr">;
  readonly allowed: boolean;
  readonly signal: AbortSignal;
  /** ^C while the question stands: the terminal is in raw mode then and sends no signal. */
  readonly onInterrupt: () => void;
}

/**
 * Asks on stderr, so that stdout keeps the result only.
 * @returns the line; null where nobody can answer: not a terminal, `--no-input`, or the end of input
 * @throws CANCELLED when the run is interrupted while the question stands
 */
export async function ask(question: string, options: PromptOptions): Promise<string | null> {
  const { stdin, stderr } = options.io;
  if (!options.allowed || stdin.isTTY !== true || stderr.isTTY !== true) return null;
  const readline = createInterface({ input: stdin, output: stderr });
  readline.on("SIGINT", options.onInterrupt);
  const ended = new Promise<null>((resolve) => {
    readline.once("close", () => resolve(null));
  });
  try {
    const answer = await Promise.race([readline.question(question, { signal: options.signal }), ended]);
    return answer === null ? null : answer.trim();
  } catch (error) {
    if (options.signal.aborted) {
      stderr.write("\n");
      throw new DbctlError("CANCELLED", "interrupted while waiting for an answer", { cause: error });
    }
    throw error;
  } finally {
    readline.close();
  }
}
