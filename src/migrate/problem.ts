import { DbctlError, ERRORS, type ErrorCode } from "../errors.ts";
import type { StoreName } from "../stores/store.ts";

/** Something that keeps files, histories and heads from agreeing. */
export interface Problem {
  readonly code: ErrorCode;
  readonly store: StoreName | null;
  readonly version: string | null;
  /** Relative to the project; null where no file is meant. */
  readonly file: string | null;
  readonly message: string;
  readonly hint: string;
}

export function problem(
  code: ErrorCode,
  message: string,
  details: Partial<Pick<Problem, "store" | "version" | "file" | "hint">> = {},
): Problem {
  return { code, store: null, version: null, file: null, hint: ERRORS[code].hint, message, ...details };
}

/** Throws nothing when there are none; else one error: the code and hint of the first problem, the words of all. */
export function throwProblems(problems: readonly Problem[]): void {
  const [first] = problems;
  if (first === undefined) return;
  const message =
    problems.length === 1
      ? first.message
      : `${problems.length} things keep files and histories from agreeing:\n${problems
          .map(({ message }) => `  ${message}`)
          .join("\n")}`;
  throw new DbctlError(first.code, message, {
    hint: first.hint,
    store: first.store ?? undefined,
    data: { problems },
  });
}
