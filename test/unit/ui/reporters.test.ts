import { PassThrough } from "node:stream";
import type { WriteStream } from "node:tty";
import { stripVTControlCharacters } from "node:util";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { plainReporter } from "../../../src/ui/human/plain.ts";
import { terminalReporter } from "../../../src/ui/human/terminal.ts";
import { eventReporter } from "../../../src/ui/ndjson.ts";

const same = <T>(value: T) => value;

describe("without a terminal", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test("a line for each task that ended, at most one every 10 s for those that run", () => {
    const lines: string[] = [];
    const reporter = plainReporter({ say: (line) => lines.push(line), verbose: false });
    reporter.begin("seed run");
    const loading = reporter.task("loading", { store: "postgres", unit: "rows", total: 1000 });
    const other = reporter.task("checking");
    for (let done = 1; done <= 300; done++) {
      vi.advanceTimersByTime(100);
      loading.progress(done);
    }
    expect(lines).toEqual([
      "dbctl seed run …",
      "postgres: loading: 9 %, 99 of 1,000 rows, 10 rows/s, 1 min 32 s left; checking …",
      "postgres: loading: 19 %, 199 of 1,000 rows, 10 rows/s, 1 min 21 s left; checking …",
      "postgres: loading: 29 %, 299 of 1,000 rows, 10 rows/s, 1 min 11 s left; checking …",
    ]);
    loading.succeed("1,000 rows");
    other.fail("no");
    expect(lines.slice(4)).toEqual([
      "ok     postgres: loading  1,000 rows  30.0 s",
      "failed checking  no  30.0 s",
    ]);
  });

  test("nothing follows the end of a task, nor of the run", async () => {
    const lines: string[] = [];
    const reporter = plainReporter({ say: (line) => lines.push(line), verbose: false });
    const task = reporter.task("one");
    task.succeed();
    task.succeed();
    task.fail();
    task.progress(3);
    expect(lines).toHaveLength(1);
    const running = reporter.task("two");
    await reporter.close();
    running.succeed();
    reporter.note("late");
    vi.advanceTimersByTime(60_000);
    expect(lines).toHaveLength(1);
  });

  test("debug only with verbose", () => {
    const lines: string[] = [];
    plainReporter({ say: (line) => lines.push(line), verbose: false }).debug("a");
    plainReporter({ say: (line) => lines.push(line), verbose: true }).debug("b");
    expect(lines).toEqual(["b"]);
  });
});

describe("events", () => {
  test("one object a line: task, progress at most once a second, note", async () => {
    const lines: string[] = [];
    const reporter = eventReporter({
      write: (line) => lines.push(line),
      redactDeep: same,
      now: () => new Date("2026-01-02T03:04:05Z"),
      verbose: false,
    });
    const task = reporter.task("loading", { store: "postgres", unit: "rows", total: 10 });
    for (let done = 1; done <= 9; done++) task.progress(done);
    reporter.note("half-way");
    reporter.debug("hidden");
    task.succeed("fine");
    await reporter.close();
    reporter.note("late");
    const events = lines.map((line) => JSON.parse(line));
    expect(events.map(({ type }) => type)).toEqual(["task", "progress", "note", "task"]);
    expect(events[0]).toEqual({
      type: "task",
      at: "2026-01-02T03:04:05.000Z",
      id: 1,
      label: "loading",
      store: "postgres",
      unit: "rows",
      total: 10,
      state: "running",
    });
    expect(events[1]).toMatchObject({ id: 1, done: 1, total: 10 });
    expect(events[3]).toMatchObject({ id: 1, state: "succeeded", done: 9, note: "fine" });
  });
});

/** A stream that says it is a terminal and keeps what is written to it. */
class Terminal extends PassThrough {
  readonly isTTY = true;
  readonly columns = 60;
  text = "";
  override write(chunk: string | Uint8Array): boolean {
    this.text += chunk.toString();
    return true;
  }
  /** Where a frame starts. */
  cursorTo(): boolean {
    this.text += "\n";
    return true;
  }
  moveCursor(): boolean {
    return true;
  }
  clearLine(): boolean {
    return true;
  }
}

function onTerminal(redact: (text: string) => string = same) {
  const terminal = new Terminal();
  const stream = terminal as unknown as WriteStream;
  return { terminal, reporter: terminalReporter({ stream, redact, colorLevel: 1, verbose: false }) };
}

describe("on a terminal", () => {
  test("says at once that it has begun, and clears that line", async () => {
    const { terminal, reporter } = onTerminal();
    reporter.begin("status");
    expect(terminal.text).toBe("dbctl status …");
    reporter.note("hello");
    expect(terminal.text).toBe("dbctl status …\r\u001b[Khello\n");
    await reporter.close();
  });

  test("parallel tasks run under one spinner, each on a line cut to the width; ended ones stay", async () => {
    const { terminal, reporter } = onTerminal();
    const one = reporter.task("one", { store: "postgres" });
    const two = reporter.task(`two ${"x".repeat(100)}`, { store: "clickhouse" });
    await vi.waitFor(() => expect(terminal.text).toContain("clickhouse: two"));
    one.progress(5);
    await vi.waitFor(() => expect(terminal.text).toContain("postgres: one  5"));
    const drawn = stripVTControlCharacters(terminal.text).split("\n");
    expect(Math.max(...drawn.map((line) => line.length))).toBeLessThanOrEqual(60);
    one.succeed("done");
    two.fail("broken");
    await reporter.close();
    const lines = stripVTControlCharacters(terminal.text).split("\n");
    expect(lines.filter((line) => line.startsWith("✓ postgres: one  done"))).toHaveLength(1);
    expect(lines.filter((line) => line.startsWith("✗ clickhouse: two"))).toHaveLength(1);
  });

  test("a task that ends before the spinner is loaded leaves its line, redacted", async () => {
    const { terminal, reporter } = onTerminal((text) => text.replaceAll("hunter2", "***"));
    reporter.task("quick hunter2").succeed();
    await reporter.close();
    expect(stripVTControlCharacters(terminal.text)).toMatch(/^✓ quick \*\*\* {2}\d/);
  });

  test("a question has the terminal for itself", async () => {
    const { terminal, reporter } = onTerminal();
    const task = reporter.task("one");
    await vi.waitFor(() => expect(terminal.text).toContain("one"));
    const answer = await reporter.pause(async () => {
      const before = terminal.text;
      task.progress(1);
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(terminal.text).toBe(before);
      return "yes";
    });
    expect(answer).toBe("yes");
    task.succeed();
    await reporter.close();
  });
});
