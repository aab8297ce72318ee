import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, inject, test, vi } from "vitest";
import { cleanEnv } from "./project.ts";

/** Each test starts one or two whole test runs. */
vi.setConfig({ testTimeout: 180_000 });

const checkout = fileURLToPath(new URL("../../../", import.meta.url));
/** Saves the creation of PostgreSQL's data; nobody connects to it. */
const ONLY_CLICKHOUSE = { DBCTL_TEST_POSTGRES_URL: "postgres://127.0.0.1:9/none" };

let folder: string;
let server: Server;
let connections = 0;

beforeEach(async () => {
  folder = mkdtempSync(join(inject("runFolder"), "nested-"));
  mkdirSync(join(folder, "tmp"));
  connections = 0;
  server = createServer((socket) => {
    connections++;
    socket.destroy();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterEach(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A run of the tests' own global setup, with addresses of our listener in its environment. */
function startRun(env: Record<string, string> = {}): ChildProcess {
  const { port } = server.address() as { port: number };
  const {
    DBCTL_TEST_POSTGRES_URL: _p,
    DBCTL_TEST_CLICKHOUSE_URL: _c,
    DBCTL_TEST_REQUIRE: _r,
    ...clean
  } = cleanEnv();
  const vitest = join(checkout, "node_modules/vitest/vitest.mjs");
  const config = join(checkout, "test/integration/stack/nested/vitest.config.ts");
  return spawn(process.execPath, [vitest, "run", "--config", config, "--root", checkout], {
    env: {
      ...clean,
      TMPDIR: join(folder, "tmp"),
      NESTED_REPORT: join(folder, "report"),
      DATABASE_URL: `postgres://prod:secret@127.0.0.1:${port}/prod`,
      POSTGRES_URL: `postgres://prod:secret@127.0.0.1:${port}/prod`,
      CLICKHOUSE_URL: `http://127.0.0.1:${port}`,
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

async function endOf(run: ChildProcess): Promise<{ code: number | null; output: string }> {
  const { stdout, stderr } = run;
  if (stdout === null || stderr === null) throw new Error("no output");
  const [[code], ...texts] = await Promise.all([
    once(run, "close") as Promise<[number | null]>,
    text(stdout),
    text(stderr),
  ]);
  return { code, output: texts.join("") };
}

function report(): Record<string, string> {
  return JSON.parse(readFileSync(join(folder, "report"), "utf8"));
}

/** Project folders of the run's stack, and what still runs or lies there. */
function remains(home: string | undefined): string[] {
  const processes = readdirSync("/proc").filter((name) => {
    try {
      return readFileSync(`/proc/${name}/cmdline`, "utf8").includes(home ?? folder);
    } catch {
      return false;
    }
  });
  const projects = readdirSync(join(folder, "tmp")).filter((name) => name.startsWith("dbctl-run-"));
  return [...processes, ...projects, ...(home !== undefined && existsSync(home) ? [home] : [])];
}

/** The home of the stack of a run that is under way. */
function homeOfRun(): string {
  const run = readdirSync(join(folder, "tmp")).find((name) => name.startsWith("dbctl-run-")) ?? "";
  return JSON.parse(readFileSync(join(folder, "tmp", run, "stack/.dbctl/stack.json"), "utf8")).home;
}

test("a run has engines of its own, never those of the environment, and leaves nothing", async () => {
  const { code, output } = await endOf(startRun());
  expect({ code, output }).toMatchObject({ code: 0 });
  const { port } = server.address() as { port: number };
  for (const url of Object.values(report())) {
    expect(new URL(url).hostname).toBe("127.0.0.1");
    expect(Number(new URL(url).port)).not.toBe(port);
    expect(output).not.toContain(new URL(url).password);
  }
  expect(Object.keys(report())).toEqual(["postgres", "clickhouse"]);
  expect(connections).toBe(0);
  expect(remains(undefined)).toEqual([]);
});

test.each([["SIGINT"], ["SIGKILL"]] as const)("a run that gets %s leaves nothing, either", async (signal) => {
  const run = startRun({ NESTED_STAY_MS: "90000", ...ONLY_CLICKHOUSE });
  const ended = endOf(run);
  await expect.poll(() => existsSync(join(folder, "report")), { timeout: 90_000 }).toBe(true);
  const home = homeOfRun();
  expect(remains(home).length).toBeGreaterThan(2);
  run.kill(signal);
  await ended;
  await expect.poll(() => remains(home), { timeout: 60_000 }).toEqual([]);
});

test("an engine that is not to be had is skipped with a line, unless it is required", async () => {
  const missing = { DBCTL_STACK_CLICKHOUSE: "system", ...ONLY_CLICKHOUSE };
  const skipped = await endOf(startRun(missing));
  expect(skipped.output).toContain("no clickhouse, its tests are skipped: ClickHouse is not on this machine");
  expect(skipped.code).toBe(0);
  expect(Object.keys(report())).toEqual(["postgres"]);
  const required = await endOf(startRun({ ...missing, DBCTL_TEST_REQUIRE: "postgres,clickhouse" }));
  expect(required.output).toContain("required by DBCTL_TEST_REQUIRE, not to be had: clickhouse");
  expect(required.code).not.toBe(0);
  expect(remains(undefined)).toEqual([]);
});

test("a URL of DBCTL_TEST_<STORE>_URL is used as it is, and nothing is started for that store", async () => {
  const { port } = server.address() as { port: number };
  const given = {
    DBCTL_TEST_POSTGRES_URL: `postgres://given@127.0.0.1:${port}/given`,
    DBCTL_TEST_CLICKHOUSE_URL: `http://given@127.0.0.1:${port}`,
  };
  const { code, output } = await endOf(startRun(given));
  expect(code).toBe(0);
  expect(output).not.toContain("test stack:");
  expect(Object.values(report())).toEqual(Object.values(given));
});
