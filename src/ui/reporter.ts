import type { StoreName } from "../stores/store.ts";

/** One piece of work that takes time. After `succeed` or `fail` further calls do nothing. */
export interface Task {
  /** `done` of `total` in the task's unit; rendered at most ten times a second on a terminal, every 10 s elsewhere. */
  progress(done: number, note?: string): void;
  succeed(note?: string): void;
  fail(note?: string): void;
}

export interface TaskOptions {
  readonly store?: StoreName | undefined;
  /** `rows`, `bytes`, `statements`: what progress counts. */
  readonly unit?: string | undefined;
  readonly total?: number | undefined;
}

/** Where a command says what it is doing, on stderr. The result is what it returns. */
export interface Reporter {
  task(label: string, options?: TaskOptions): Task;
  /** A line for whoever watches. */
  note(message: string): void;
  /** Only with --verbose. */
  debug(message: string): void;
}

/** Says nothing. */
export const silentReporter: Reporter = {
  task: () => ({ progress: () => {}, succeed: () => {}, fail: () => {} }),
  note: () => {},
  debug: () => {},
};
