import { spawnSync } from "node:child_process";
import type { ProcessStat, RunningProcess } from "./process.ts";

/** Processes as `ps` tells of them: macOS and the BSDs. */

function ps(args: readonly string[]): string {
  return spawnSync("ps", args, { encoding: "utf8", env: { ...process.env, LC_ALL: "C" } }).stdout ?? "";
}

/** Null when there is no such process, or only its zombie. */
export function statWithPs(pid: number): ProcessStat | null {
  const match = /^(\S+)\s+(\d+)\s+(.+)$/.exec(ps(["-o", "stat=,ppid=,lstart=", "-p", String(pid)]).trim());
  if (match?.[3] === undefined || match[1]?.startsWith("Z")) return null;
  return { startTime: match[3].trim(), parentPid: Number(match[2]) };
}

export function findWithPs(matches: (commandLine: string) => boolean): RunningProcess[] {
  const found: RunningProcess[] = [];
  for (const line of ps(["-axww", "-o", "pid=,args="]).split("\n")) {
    const match = /^\s*(\d+)\s+(.*)$/.exec(line);
    const pid = Number(match?.[1]);
    const commandLine = match?.[2] ?? "";
    if (match === null || pid === process.pid || !matches(commandLine)) continue;
    const stat = statWithPs(pid);
    if (stat !== null) found.push({ pid, commandLine, ...stat });
  }
  return found;
}
