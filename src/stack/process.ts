import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { DbctlError } from "../errors.ts";

/** One process for certain: a pid alone may meanwhile belong to another one. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque; equal only for the same process on the same boot. */
  readonly startTime: string;
}

export interface RunningProcess extends ProcessIdentity {
  readonly parentPid: number;
  readonly argv: readonly string[];
}

const hasProc = process.platform === "linux";

/** Null when there is no such process, or only its zombie. */
export function identify(pid: number): ProcessIdentity | null {
  const startTime = hasProc ? procStat(pid)?.startTime : psStartTime(pid);
  return startTime === undefined ? null : { pid, startTime };
}

export function isRunning(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.startTime === identity.startTime;
}

/** Processes whose arguments `matches` accepts; those of other users may be invisible. */
export function findProcesses(matches: (argv: readonly string[]) => boolean): RunningProcess[] {
  return hasProc ? findInProc(matches) : findWithPs(matches);
}

export interface StopOptions {
  /** What the process takes as the order to end cleanly; null: it is about to end by itself. */
  readonly signal: NodeJS.Signals | null;
  readonly graceMs: number;
}

/**
 * Ends the process and returns when it is gone: `stopped` by itself within the grace, else `killed`.
 * @throws PERMISSION_DENIED when it belongs to another user
 */
export async function stopProcess(
  identity: ProcessIdentity,
  options: StopOptions,
): Promise<"gone" | "stopped" | "killed"> {
  if (!isRunning(identity)) return "gone";
  if (options.signal !== null) signalProcess(identity, options.signal);
  if (await waitGone(identity, options.graceMs)) return "stopped";
  signalProcess(identity, "SIGKILL");
  await waitGone(identity, 10_000);
  return "killed";
}

async function waitGone(identity: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (isRunning(identity)) {
    if (Date.now() > deadline) return false;
    await delay(20);
  }
  return true;
}

function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  try {
    process.kill(identity.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return;
    throw new DbctlError("PERMISSION_DENIED", `process ${identity.pid} belongs to another user`, {
      hint: "run the command as the user who started the stack",
      cause: error,
    });
  }
}

let bootId: string | undefined;

/** /proc/<pid>/stat: the command in parentheses may hold anything, so fields are counted from its last `)`. */
function procStat(pid: number): { startTime: string; parentPid: number } | undefined {
  try {
    bootId ??= readFileSync("/proc/sys/kernel/random/boot_id", "utf8").slice(0, 8);
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    if (fields[0] === "Z" || fields[0] === "X") return undefined;
    return { startTime: `${bootId}-${fields[19]}`, parentPid: Number(fields[1]) };
  } catch {
    return undefined;
  }
}

function findInProc(matches: (argv: readonly string[]) => boolean): RunningProcess[] {
  const found: RunningProcess[] = [];
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    try {
      const argv = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1);
      const stat = matches(argv) ? procStat(pid) : undefined;
      if (stat !== undefined) found.push({ pid, argv, ...stat });
    } catch {
      // Ended meanwhile, or not ours to see.
    }
  }
  return found;
}

function ps(args: readonly string[]): string {
  return spawnSync("ps", args, { encoding: "utf8", env: { ...process.env, LC_ALL: "C" } }).stdout ?? "";
}

function psStartTime(pid: number): string | undefined {
  const match = /^(\S+)\s+(.+)$/.exec(ps(["-o", "stat=,lstart=", "-p", String(pid)]).trim());
  return match?.[1]?.startsWith("Z") ? undefined : match?.[2]?.trim();
}

function findWithPs(matches: (argv: readonly string[]) => boolean): RunningProcess[] {
  const found: RunningProcess[] = [];
  for (const line of ps(["-axww", "-o", "pid=,ppid=,args="]).split("\n")) {
    const match = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line);
    if (match?.[3] === undefined || Number(match[1]) === process.pid) continue;
    const argv = match[3].split(" ");
    const identity = matches(argv) ? identify(Number(match[1])) : null;
    if (identity !== null) found.push({ ...identity, parentPid: Number(match[2]), argv });
  }
  return found;
}
