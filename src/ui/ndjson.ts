import { type Envelope, toJson } from "./envelope.ts";
import { type RunReporter, reporterOf, type TaskState, type View } from "./task.ts";

const PROGRESS_INTERVAL_MS = 1000;

/**
 * `--events`: one JSON object a line. `task` (state running, succeeded, failed), `progress` (at most one a second
 * for each task), `note`, `debug`; `at` is UTC. The last line is the `result`, written by `resultEvent`.
 */
export function eventReporter(options: {
  readonly write: (line: string) => void;
  readonly redactDeep: (value: unknown) => unknown;
  readonly now: () => Date;
  readonly verbose: boolean;
}): RunReporter {
  const shownAtMs = new Map<number, number>();
  let closed = false;
  const emit = (event: Record<string, unknown>) => {
    if (closed) return;
    const { type, ...rest } = event;
    options.write(toJson(options.redactDeep({ type, at: options.now().toISOString(), ...rest })));
  };
  const view: View = {
    started: (task) => emit({ type: "task", ...facts(task) }),
    progressed(task) {
      const nowMs = performance.now();
      if (nowMs - (shownAtMs.get(task.id) ?? -PROGRESS_INTERVAL_MS) < PROGRESS_INTERVAL_MS) return;
      shownAtMs.set(task.id, nowMs);
      emit({
        type: "progress",
        id: task.id,
        done: task.done,
        total: task.total,
        unit: task.unit,
        note: task.note,
      });
    },
    finished(task) {
      const durationMs = Math.round(performance.now() - task.startedAtMs);
      emit({ type: "task", ...facts(task), done: task.done, note: task.note, durationMs });
    },
    note: (message) => emit({ type: "note", message }),
    debug: (message) => {
      if (options.verbose) emit({ type: "debug", message });
    },
  };
  return {
    ...reporterOf(view),
    begin: (title) => emit({ type: "begin", command: title }),
    pause: (run) => run(),
    close: async () => {
      closed = true;
    },
  };
}

/** The last line of `--events`. */
export function resultEvent(envelope: Envelope): Record<string, unknown> {
  return { type: "result", ...envelope };
}

function facts({ id, label, store, unit, total, state }: TaskState) {
  return { id, label, store, unit, total, state };
}
