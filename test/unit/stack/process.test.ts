import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { findInProc, statInProc } from "../../../src/stack/proc.ts";
import { identify, isRunning, stopProcess } from "../../../src/stack/process.ts";
import { findWithPs, statWithPs } from "../../../src/stack/ps.ts";

const sources = [{ name: "ps", stat: statWithPs, find: findWithPs }];
if (process.platform === "linux") sources.push({ name: "/proc", stat: statInProc, find: findInProc });

/** A process with `marker` among its arguments; `code` runs in it. */
async function start(marker: string, code = "setInterval(() => {}, 1000)") {
  const child = spawn(process.execPath, ["-e", `${code}; console.log("ready")`, "--", marker], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return child;
}

describe.each(sources)("$name", ({ stat, find }) => {
  test("tells a process by its arguments, its parent and its start, and not when it has ended", async () => {
    const marker = `--marker=${Math.random()}`;
    const child = await start(marker);
    const pid = child.pid ?? 0;
    expect(stat(pid)).toMatchObject({ parentPid: process.pid, startTime: expect.any(String) });
    expect(find((line) => line.includes(marker))).toMatchObject([{ pid, parentPid: process.pid }]);
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(stat(pid)).toBeNull();
    expect(find((line) => line.includes(marker))).toEqual([]);
  });

  test("a process that nobody has waited for is gone", async () => {
    // The shell starts a child, becomes `sleep`, and so never waits for it.
    const shell = spawn("sh", ["-c", "true & echo $!; exec sleep 30"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [output] = (await once(shell.stdout, "data")) as [Buffer];
    const zombie = Number(output.toString());
    await expect.poll(() => stat(zombie)).toBeNull();
    shell.kill("SIGKILL");
  });

  test("our own process is never found", () => {
    expect(find(() => true).map(({ pid }) => pid)).not.toContain(process.pid);
  });
});

test("the start of a process stays the same, and differs from that of a later one", async () => {
  const first = await start("--");
  const identity = identify(first.pid ?? 0);
  const second = await start("--");
  expect(identify(first.pid ?? 0)).toEqual(identity);
  if (process.platform === "linux") {
    expect(identify(second.pid ?? 0)?.startTime).not.toBe(identity?.startTime);
  }
  for (const child of [first, second]) child.kill("SIGKILL");
});

describe("stopProcess", () => {
  test.each([
    [
      "stopped",
      "process.on('SIGTERM', () => setTimeout(() => process.exit(), 100)); setInterval(() => {}, 1000)",
    ],
    ["killed", "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)"],
  ])("%s", async (outcome, code) => {
    const child = await start("--", code);
    const identity = identify(child.pid ?? 0) ?? { pid: 0, startTime: "" };
    expect(isRunning(identity)).toBe(true);
    expect(await stopProcess(identity, { signal: "SIGTERM", graceMs: 500 })).toBe(outcome);
    expect(isRunning(identity)).toBe(false);
    expect(await stopProcess(identity, { signal: "SIGTERM", graceMs: 500 })).toBe("gone");
  });

  test("another process of the same pid is left alone", async () => {
    const child = await start("--");
    const identity = { pid: child.pid ?? 0, startTime: "another boot" };
    expect(await stopProcess(identity, { signal: "SIGKILL", graceMs: 10 })).toBe("gone");
    expect(isRunning(identify(identity.pid) ?? identity)).toBe(true);
    child.kill("SIGKILL");
  });
});
