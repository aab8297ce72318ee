import { readdirSync, readFileSync } from "node:fs";
import type { ProcessStat, RunningProcess } from "./process.ts";

/** Processes as Linux's /proc tells of them. */

let bootId: string | undefined;

/** Null when there is no such process, or only its zombie. Format: proc_pid_stat(5) */
export function statInProc(pid: number): ProcessStat | null {
  try {
    bootId ??= readFileSync("/proc/sys/kernel/random/boot_id", "utf8").slice(0, 8);
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command in parentheses may hold anything, so fields are counted from its last `)`.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    if (fields[0] === "Z" || fields[0] === "X") return null;
    return { startTime: `${bootId}-${fields[19]}`, parentPid: Number(fields[1]) };
  } catch {
    return null;
  }
}

export function findInProc(matches: (commandLine: string) => boolean): RunningProcess[] {
  const found: RunningProcess[] = [];
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    try {
      const commandLine = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trimEnd();
      const stat = matches(commandLine) ? statInProc(pid) : null;
      if (stat !== null) found.push({ pid, commandLine, ...stat });
    } catch {
      // Ended meanwhile, or not ours to see.
    }
  }
  return found;
}
