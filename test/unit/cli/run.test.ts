import { EventEmitter } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Io } from "../../../src/cli/io.ts";
import { type Parsed, parse } from "../../../src/cli/program.ts";
import { LateRedactor } from "../../../src/cli/redactor.ts";
import { runCommand } from "../../../src/cli/run.ts";
import { type DataCommandSpec, dataCommand } from "../../../src/cli/spec.ts";
import type { Command } from "../../../src/context.ts";
import { DbctlError, EXIT } from "../../../src/errors.ts";
import { createOutput } from "../../../src/ui/output.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "dbctl-run-"));
  writeFileSync(
    join(folder, "dbctl.config.json"),
    '{ "name": "run", "stores": { "postgres": { "url": "postgres://u:hunter2hunter2@127.0.0.1:1/x" } } }',
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

type Act = Command<unknown, unknown>;

/** Runs `act` in the place of a command, as `dbctl status …flags` would be run. */
function start(act: Act, flags: readonly string[], render: (data: unknown) => string = String) {
  const spec: DataCommandSpec = dataCommand({
    path: "status",
    summary: "",
    examples: [
      { line: "", shows: "" },
      { line: "", shows: "" },
    ],
    load: async () => ({ run: act }),
    renderer: async () => ({ render }),
    toOptions: () => ({}),
  });
  const parsed = parse(["status", ...flags], { version: "1", width: 80 });
  const { values, globals } = parsed as Extract<Parsed, { kind: "command" }>;
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const io = {
    stdin: new PassThrough(),
    stdout,
    stderr,
    env: {},
    cwd: folder,
    version: "1",
  } as unknown as Io;
  const redactor = new LateRedactor();
  const process = new EventEmitter();
  const exits: number[] = [];
  const ended = runCommand(
    { spec, values, globals },
    {
      io,
      output: createOutput(io, redactor),
      redactor,
      process: process as unknown as NodeJS.Process,
      exit: (status) => exits.push(status),
    },
  );
  const text = (stream: PassThrough): string => stream.read()?.toString() ?? "";
  return { ended, process, exits, stdout: () => text(stdout), stderr: () => text(stderr) };
}

const forever = () => new Promise<never>(() => {});

describe("a report", () => {
  const different: Act = async () => ({
    exitStatus: EXIT.integrity,
    data: "3 rows",
    warnings: [{ code: "STORES_DIFFER", message: "look", hint: "repair" }],
  });

  test("for humans: the result on stdout, warnings on stderr", async () => {
    const run = start(different, []);
    expect(await run.ended).toBe(6);
    expect(run.stdout()).toBe("3 rows\n");
    expect(run.stderr()).toBe("warning: look\n  fix: repair\n");
  });

  test("as one document, with the same status", async () => {
    const run = start(different, ["--json"]);
    expect(await run.ended).toBe(6);
    expect(JSON.parse(run.stdout())).toEqual({
      schemaVersion: 1,
      command: "status",
      exitCode: 6,
      data: "3 rows",
      error: null,
      warnings: [{ code: "STORES_DIFFER", message: "look", hint: "repair" }],
    });
    expect(run.stderr()).toBe("");
  });

  test("that can't be rendered is a fault of ours", async () => {
    const run = start(different, [], () => {
      throw new Error("no renderer for that");
    });
    expect(await run.ended).toBe(1);
    expect(run.stderr()).toContain("error: no renderer for that");
  });
});

describe("an error", () => {
  test("of ours keeps its code, a foreign one is INTERNAL; neither tells a password", async () => {
    const ours = start(async () => {
      throw new DbctlError("LOCK_HELD", "held by hunter2hunter2", {
        store: "postgres",
        data: { key: "hunter2hunter2" },
      });
    }, ["--json"]);
    expect(await ours.ended).toBe(7);
    expect(JSON.parse(ours.stdout()).error).toEqual({
      code: "LOCK_HELD",
      message: "held by ***",
      hint: "wait for the other run, or look for it at the host and pid named",
      store: "postgres",
      data: { key: "***" },
    });
    const foreign = start(async () => {
      throw new TypeError("hunter2hunter2 is not a function");
    }, ["--verbose"]);
    expect(await foreign.ended).toBe(1);
    const text = foreign.stderr();
    expect(text).toContain("error: *** is not a function");
    expect(text).toContain("code: INTERNAL");
    expect(text).not.toContain("hunter2");
  });

  test("outside the command ends the run at once, as a document too", async () => {
    const run = start(forever, ["--json"]);
    await setTimeout(50);
    run.process.emit("uncaughtException", new Error("socket hang up"));
    expect(run.exits).toEqual([1]);
    expect(JSON.parse(run.stdout()).error).toMatchObject({ code: "INTERNAL", message: "socket hang up" });
  });
});

describe("an interruption", () => {
  test("outweighs whatever the command made of it", async () => {
    for (const act of [
      async () => ({ exitStatus: EXIT.ok, data: "done", warnings: [] }),
      async () => {
        throw new Error("connection reset");
      },
    ] satisfies Act[]) {
      const run = start(
        async (context, options) => {
          run.process.emit("SIGTERM");
          return (act as Act)(context, options);
        },
        ["--json"],
      );
      expect(await run.ended).toBe(143);
      expect(JSON.parse(run.stdout()).exitCode).toBe(143);
      expect(run.stderr()).toBe("stopping cleanly; ^C again to stop now\n");
    }
  });

  test("aborts the command's signal", async () => {
    const run = start(
      ({ signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(new DbctlError("CANCELLED", "stopped at row 7")));
          run.process.emit("SIGINT");
        }),
      [],
    );
    expect(await run.ended).toBe(130);
    expect(run.stderr()).toContain("error: stopped at row 7");
  });

  test("twice writes the one document and ends", async () => {
    const run = start(forever, ["--json"]);
    await setTimeout(50);
    run.process.emit("SIGINT");
    run.process.emit("SIGINT");
    run.process.emit("SIGINT");
    expect(run.exits).toEqual([130, 130]);
    expect(JSON.parse(run.stdout())).toMatchObject({ exitCode: 130, error: { code: "CANCELLED" } });
  });
});

test("--quiet says nothing but the result, warnings and errors", async () => {
  const run = start(
    async ({ reporter }) => {
      reporter.note("note");
      reporter.task("task").succeed();
      return { exitStatus: EXIT.ok, data: "result", warnings: [] };
    },
    ["--quiet"],
  );
  expect(await run.ended).toBe(0);
  expect(run.stderr()).toBe("");
  expect(run.stdout()).toBe("result\n");
});

test("--events tells what happens and ends in one result", async () => {
  const run = start(
    async ({ reporter }) => {
      reporter.note("half-way");
      return { exitStatus: EXIT.ok, data: 1n, warnings: [] };
    },
    ["--events"],
  );
  expect(await run.ended).toBe(0);
  const events = run
    .stdout()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(events.map(({ type }) => type)).toEqual(["note", "result"]);
  expect(events[1]).toMatchObject({ exitCode: 0, data: "1" });
});
