import { setTimeout as delay } from "node:timers/promises";
import { DbctlError } from "../errors.ts";
import { findInProc, statInProc } from "./proc.ts";
import { findWithPs, statWithPs } from "./ps.ts";

/** One process for certain: a pid alone may meanwhile belong to another one. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque; equal only for the same process on the same boot. */
  readonly startTime: string;
}

/** What the system tells of a process besides its pid. */
export interface ProcessStat {
  readonly startTime: string;
  readonly parentPid: number;
}

export interface RunningProcess extends ProcessIdentity, ProcessStat {
  /** The program and its arguments with spaces between: `ps` tells no more. */
  readonly commandLine: string;
}

const hasProc = process.platform === "linux";

/** Null when there is no such process, or only its zombie. */
export function identify(pid: number): ProcessIdentity | null {
  const stat = hasProc ? statInProc(pid) : statWithPs(pid);
  return stat === null ? null : { pid, startTime: stat.startTime };
}

export function isRunning(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.startTime === identity.startTime;
}

/** Processes whose command line `matches` accepts, ours left out; those of other users may be invisible. */
export function findProcesses(matches: (commandLine: string) => boolean): RunningProcess[] {
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
