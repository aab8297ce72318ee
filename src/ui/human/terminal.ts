import type { WriteStream } from "node:tty";
import type { ColorSupportLevel } from "chalk";
import type { Ora } from "ora";
import { wrapLine } from "../../util/wrap.ts";
import {
  describeEnd,
  describeProgress,
  type RunReporter,
  reporterOf,
  type TaskState,
  taskTitle,
  type View,
} from "../task.ts";

const REDRAW_INTERVAL_MS = 100;
/** More would scroll, and what has scrolled cannot be redrawn. */
const MOST_LINES = 8;
const CLEAR_LINE = "\r\u001b[K";

interface TerminalOptions {
  readonly stream: WriteStream;
  readonly redact: (text: string) => string;
  readonly colorLevel: ColorSupportLevel;
  readonly verbose: boolean;
}

/** What must be loaded before a spinner can turn: not before there is a task. */
interface Tools {
  readonly spinner: Ora;
  readonly ok: string;
  readonly bad: string;
  readonly truncate: (line: string) => string;
}

/**
 * Progress on a terminal: all running tasks below each other under one spinner (two spinners would overwrite each
 * other), finished ones stay as lines above it.
 */
export function terminalReporter(options: TerminalOptions): RunReporter {
  const screen = new Screen(options);
  const view: View = {
    started: (task) => screen.show(task),
    progressed: (task) => screen.show(task),
    finished: (task) => screen.finish(task),
    note: (message) => screen.say(message),
    debug: (message) => {
      if (options.verbose) screen.say(message);
    },
  };
  return {
    ...reporterOf(view),
    begin: (title) => screen.begin(title),
    pause: (run) => screen.pause(run),
    close: () => screen.close(),
  };
}

class Screen {
  readonly #options: TerminalOptions;
  readonly #running = new Map<number, TaskState>();
  #tools: Tools | undefined;
  #loading: Promise<void> | undefined;
  /** Lines of tasks that ended while the tools were loading. */
  #waiting: TaskState[] = [];
  #title: string | undefined;
  #redraw: NodeJS.Timeout | undefined;
  #closed = false;
  #paused = false;

  constructor(options: TerminalOptions) {
    this.#options = options;
  }

  begin(title: string): void {
    this.#title = `dbctl ${title} …`;
    this.#options.stream.write(this.#title);
  }

  show(task: TaskState): void {
    if (this.#closed) return;
    this.#running.set(task.id, task);
    this.#ready((tools) => this.#draw(tools));
  }

  finish(task: TaskState): void {
    this.#running.delete(task.id);
    if (this.#closed) return;
    this.#waiting.push({ ...task, note: describeEnd(task, performance.now()) });
    this.#ready((tools) => this.#draw(tools));
  }

  say(message: string): void {
    if (this.#closed) return;
    this.#clearTitle();
    // While the spinner turns, ora lifts foreign writes above it.
    const { stream, redact } = this.#options;
    const lines = redact(message).split("\n");
    stream.write(`${lines.map((line) => wrapLine(line, stream.columns ?? 80)).join("\n")}\n`);
  }

  async pause<T>(run: () => Promise<T>): Promise<T> {
    this.#paused = true;
    this.#clearTitle();
    this.#tools?.spinner.stop();
    try {
      return await run();
    } finally {
      this.#paused = false;
      if (this.#tools !== undefined) this.#draw(this.#tools);
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    // Without a wait where there is none: a forced end calls this and goes on.
    if (this.#tools === undefined) await this.#loading;
    this.#closed = true;
    clearTimeout(this.#redraw);
    this.#clearTitle();
    if (this.#tools !== undefined) {
      this.#tools.spinner.stop();
      this.#flush(this.#tools);
    }
  }

  #ready(use: (tools: Tools) => void): void {
    if (this.#tools !== undefined) use(this.#tools);
    else {
      this.#loading ??= loadTools(this.#options).then((tools) => {
        this.#tools = tools;
        this.#draw(tools);
      });
    }
  }

  #draw(tools: Tools): void {
    if (this.#closed || this.#paused) return;
    this.#clearTitle();
    this.#flush(tools);
    if (this.#running.size === 0) {
      tools.spinner.stop();
      return;
    }
    this.#redraw ??= setTimeout(() => {
      this.#redraw = undefined;
      if (!this.#closed && this.#running.size > 0) this.#paint(tools);
    }, REDRAW_INTERVAL_MS).unref();
    if (!tools.spinner.isSpinning) {
      this.#paint(tools);
      tools.spinner.start();
    }
  }

  #paint(tools: Tools): void {
    const nowMs = performance.now();
    const lines = [...this.#running.values()].slice(0, MOST_LINES).map((task) => {
      const progress = describeProgress(task, nowMs);
      const line = progress === "" ? taskTitle(task) : `${taskTitle(task)}  ${progress}`;
      return tools.truncate(this.#options.redact(line));
    });
    if (this.#running.size > MOST_LINES) lines.push(`and ${this.#running.size - MOST_LINES} more`);
    tools.spinner.text = lines.join("\n  ");
  }

  #flush(tools: Tools): void {
    for (const task of this.#waiting.splice(0)) {
      const mark = task.state === "succeeded" ? tools.ok : tools.bad;
      this.#options.stream.write(`${mark} ${this.#options.redact(task.note ?? "")}\n`);
    }
  }

  #clearTitle(): void {
    if (this.#title === undefined) return;
    this.#title = undefined;
    this.#options.stream.write(CLEAR_LINE);
  }
}

async function loadTools({ stream, colorLevel }: TerminalOptions): Promise<Tools> {
  const [{ default: ora }, { Chalk }, { default: stringWidth }] = await Promise.all([
    import("ora"),
    import("chalk"),
    import("string-width"),
  ]);
  const { green, red } = new Chalk({ level: colorLevel });
  // discardStdin would put the terminal into raw mode, where ^C is no signal any more.
  const spinner = ora({
    stream,
    isEnabled: true,
    discardStdin: false,
    color: colorLevel > 0 ? "cyan" : false,
  });
  const truncate = (line: string) => {
    const room = (stream.columns ?? 80) - 3;
    if (stringWidth(line) <= room) return line;
    let short = line;
    while (stringWidth(short) >= room) short = short.slice(0, -1);
    return `${short}…`;
  };
  return { spinner, ok: green("✓"), bad: red("✗"), truncate };
}
