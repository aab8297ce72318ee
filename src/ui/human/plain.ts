import {
  describeEnd,
  describeProgress,
  type RunReporter,
  reporterOf,
  type TaskState,
  taskTitle,
  type View,
} from "../task.ts";

const PROGRESS_INTERVAL_MS = 10_000;

/**
 * Progress where there is no terminal: a line for each task that ended, at most one line every 10 s for those that
 * run, and not one ESC byte.
 */
export function plainReporter(options: {
  readonly say: (line: string) => void;
  readonly verbose: boolean;
}): RunReporter {
  const { say } = options;
  const running = new Map<number, TaskState>();
  const timer = setInterval(() => {
    if (running.size === 0) return;
    const nowMs = performance.now();
    say([...running.values()].map((task) => progressLine(task, nowMs)).join("; "));
  }, PROGRESS_INTERVAL_MS);
  timer.unref();
  let closed = false;
  const whileOpen = (line: string) => {
    if (!closed) say(line);
  };
  const view: View = {
    started: (task) => running.set(task.id, task),
    progressed: (task) => running.set(task.id, task),
    finished(task) {
      running.delete(task.id);
      const word = task.state === "succeeded" ? "ok     " : "failed ";
      whileOpen(`${word}${describeEnd(task, performance.now())}`);
    },
    note: whileOpen,
    debug: (message) => {
      if (options.verbose) whileOpen(message);
    },
  };
  return {
    ...reporterOf(view),
    begin: (title) => whileOpen(`dbctl ${title} …`),
    pause: (run) => run(),
    close: async () => {
      closed = true;
      clearInterval(timer);
    },
  };
}

function progressLine(task: TaskState, nowMs: number): string {
  const progress = describeProgress(task, nowMs);
  return progress === "" ? `${taskTitle(task)} …` : `${taskTitle(task)}: ${progress}`;
}
