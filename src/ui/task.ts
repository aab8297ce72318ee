import { formatBytes, formatCount, formatDuration } from "../util/format.ts";
import type { Reporter, TaskOptions } from "./reporter.ts";

/** A task as the views see it. */
export interface TaskState extends TaskOptions {
  readonly id: number;
  readonly label: string;
  readonly state: "running" | "succeeded" | "failed";
  readonly done: number;
  readonly note: string | undefined;
  readonly startedAtMs: number;
}

/** One way of showing what happens. */
export interface View {
  started(task: TaskState): void;
  progressed(task: TaskState): void;
  /** Called once for each task. */
  finished(task: TaskState): void;
  note(message: string): void;
  debug(message: string): void;
}

/** A reporter as the command line runs it. */
export interface RunReporter extends Reporter {
  /** Says at once that a slow command has begun. */
  begin(title: string): void;
  /** Keeps the terminal free while `run` asks something. */
  pause<T>(run: () => Promise<T>): Promise<T>;
  /** Clears what is not to stay. Nothing is shown afterwards. Idempotent. */
  close(): Promise<void>;
}

/** Numbers tasks, keeps their states, and holds the contract of `Task`: nothing happens after its end. */
export function reporterOf(view: View, nowMs: () => number = () => performance.now()): Reporter {
  let lastId = 0;
  return {
    task(label, options = {}) {
      let task: TaskState = {
        ...options,
        id: ++lastId,
        label,
        state: "running",
        done: 0,
        note: undefined,
        startedAtMs: nowMs(),
      };
      const finish = (state: "succeeded" | "failed", note: string | undefined) => {
        if (task.state !== "running") return;
        task = { ...task, state, note };
        view.finished(task);
      };
      view.started(task);
      return {
        progress(done, note) {
          if (task.state !== "running") return;
          task = { ...task, done, note };
          view.progressed(task);
        },
        succeed: (note) => finish("succeeded", note),
        fail: (note) => finish("failed", note),
      };
    },
    note: (message) => view.note(message),
    debug: (message) => view.debug(message),
  };
}

/** `postgres: loading executions` */
export function taskTitle(task: TaskState): string {
  return task.store === undefined ? task.label : `${task.store}: ${task.label}`;
}

/** `45 %, 450,000 of 1,000,000 rows, 123,456 rows/s, 5 s left`: as much of it as is known. */
export function describeProgress(task: TaskState, nowMs: number): string {
  const elapsedMs = nowMs - task.startedAtMs;
  const parts: string[] = [];
  if (task.done > 0) {
    const { total, unit = "" } = task;
    const amount = (n: number) => (unit === "bytes" ? formatBytes(n) : formatCount(Math.round(n)));
    const suffix = unit === "bytes" || unit === "" ? "" : ` ${unit}`;
    const perSecond = (task.done / Math.max(elapsedMs, 1)) * 1000;
    if (total !== undefined && total > 0) {
      parts.push(`${Math.floor((Math.min(task.done, total) / total) * 100)} %`);
      parts.push(`${amount(task.done)} of ${amount(total)}${suffix}`);
    } else parts.push(`${amount(task.done)}${suffix}`);
    if (elapsedMs >= 1000 && perSecond >= 1) parts.push(`${amount(perSecond)}${suffix}/s`);
    if (elapsedMs >= 3000 && total !== undefined && task.done < total) {
      parts.push(`${formatDuration(Math.ceil((total - task.done) / perSecond) * 1000)} left`);
    }
  }
  if (task.note !== undefined) parts.push(task.note);
  return parts.join(", ");
}

/** What a finished task leaves: `postgres: 0001_users  3 statements  12 ms`. */
export function describeEnd(task: TaskState, nowMs: number): string {
  const took = formatDuration(nowMs - task.startedAtMs);
  return [taskTitle(task), task.note, took].filter((part) => part !== undefined && part !== "").join("  ");
}
