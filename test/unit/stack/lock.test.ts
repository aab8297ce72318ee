import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { withFileLock } from "../../../src/stack/lock.ts";
import { identify } from "../../../src/stack/process.ts";

let folder: string;
let path: string;
const options = { signal: AbortSignal.timeout(60_000), waitMs: 30_000 };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "dbctl-lock-test-"));
  path = join(folder, "lock");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A process that takes the lock `times` times and writes `in` and `out` to the journal each time. */
function contender(times: number, holdMs: number): ChildProcess {
  const module = JSON.stringify(fileURLToPath(new URL("../../../src/stack/lock.ts", import.meta.url)));
  const code = `
    import { withFileLock } from ${module};
    import { appendFileSync } from "node:fs";
    import { setTimeout as delay } from "node:timers/promises";
    const options = { signal: AbortSignal.timeout(60_000), waitMs: 60_000 };
    for (let n = 0; n < ${times}; n++) {
      await withFileLock(${JSON.stringify(path)}, options, async () => {
        appendFileSync(${JSON.stringify(join(folder, "journal"))}, "in " + process.pid + "\\n");
        await delay(${holdMs});
        appendFileSync(${JSON.stringify(join(folder, "journal"))}, "out " + process.pid + "\\n");
      });
    }`;
  return spawn(process.execPath, ["--input-type=module-typescript", "-e", code], { stdio: "inherit" });
}

function journal(): string[] {
  return readFileSync(join(folder, "journal"), "utf8").trim().split("\n");
}

test("one process at a time, also when some are killed", async () => {
  const children = [1, 2, 3, 4].map(() => contender(25, 2));
  const killed = children.slice(0, 2);
  for (const [index, child] of killed.entries()) setTimeout(() => child.kill("SIGKILL"), 400 + 100 * index);
  const ended = await Promise.all(children.map((child) => once(child, "exit")));
  expect(ended.slice(2).map(([code]) => code)).toEqual([0, 0]);
  const lines = journal();
  for (const [index, line] of lines.entries()) {
    const next = lines[index + 1];
    const [event, pid] = line.split(" ");
    if (event === "out") expect(next ?? "in").toMatch(/^in/);
    else if (next !== `out ${pid}`) expect(killed.map((child) => child.pid)).toContain(Number(pid));
  }
  const finished = children.slice(2).map(({ pid }) => lines.filter((line) => line === `out ${pid}`).length);
  expect(finished).toEqual([25, 25]);
  expect(existsSync(path)).toBe(false);
});

test("nobody waits for a holder that was killed", async () => {
  const child = contender(1, 60_000);
  await expect.poll(() => existsSync(join(folder, "journal")), { timeout: 5_000 }).toBe(true);
  child.kill("SIGKILL");
  await once(child, "exit");
  const startedAt = performance.now();
  await withFileLock(path, options, async () => {});
  expect(performance.now() - startedAt).toBeLessThan(1_000);
});

test("a dead holder's lock is taken at once by exactly one of many", async () => {
  const stale = { pid: 999_999_999, startTime: "never", host: hostname(), nonce: "dead" };
  writeFileSync(path, JSON.stringify(stale));
  let inside = 0;
  let most = 0;
  await Promise.all(
    Array.from({ length: 20 }, () =>
      withFileLock(path, options, async () => {
        most = Math.max(most, ++inside);
        await delay(1);
        inside--;
      }),
    ),
  );
  expect(most).toBe(1);
  expect(readdirSync(folder)).toEqual([]);
});

test("a pid that belongs to another process by now is a dead holder", async () => {
  const reused = { pid: process.pid, startTime: "another boot", host: hostname(), nonce: "reused" };
  writeFileSync(path, JSON.stringify(reused));
  expect(await withFileLock(path, options, async () => "mine")).toBe("mine");
});

test("a living holder is waited for, told of once, and named when the wait is over", async () => {
  const living = { ...identify(process.ppid), host: hostname(), nonce: "living" };
  writeFileSync(path, JSON.stringify(living));
  const told: number[] = [];
  const waiting = withFileLock(
    path,
    { ...options, waitMs: 300, onWait: ({ pid }) => told.push(pid) },
    async () => "mine",
  );
  await expect(waiting).rejects.toMatchObject({ code: "LOCK_HELD", data: { pid: process.ppid } });
  expect(told).toEqual([process.ppid]);
});

test("a holder on another host counts as dead only when it is old", async () => {
  writeFileSync(path, JSON.stringify({ pid: 1, startTime: "x", host: "elsewhere", nonce: "far" }));
  const attempt = () => withFileLock(path, { ...options, waitMs: 100 }, async () => "mine");
  await expect(attempt()).rejects.toMatchObject({ code: "LOCK_HELD" });
  const old = Date.now() / 1_000 - 3_600;
  utimesSync(path, old, old);
  expect(await attempt()).toBe("mine");
});

test("the wait ends when the run is interrupted; the lock is released when the work throws", async () => {
  const controller = new AbortController();
  await expect(
    withFileLock(path, options, async () => {
      const waiting = withFileLock(path, { ...options, signal: controller.signal }, async () => {});
      setTimeout(() => controller.abort(), 50);
      await expect(waiting).rejects.toMatchObject({ code: "CANCELLED" });
      throw new Error("work failed");
    }),
  ).rejects.toThrow("work failed");
  expect(readdirSync(folder)).toEqual([]);
});
