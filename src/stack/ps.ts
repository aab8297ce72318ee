import { spawnSync } from "node:child_process";
import type { ProcessStat, RunningProcess } from "./process.ts";

/** Processes as `ps` tells of them: macOS and the BSDs. */

/** pid, parent, state, start (`Sat Nov 21 08:59:08 2026`), command line. */
const LINE = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(\w{3}\s+\w{3}\s+\d+\s+[\d:]+\s+\d{4})\s*(.*)$/;

function ps(...selection: readonly string[]): RunningProcess[] {
  const args = [...selection, "-ww", "-o", "pid=,ppid=,stat=,lstart=,args="];
  const { stdout } = spawnSync("ps", args, { encoding: "utf8", env: { ...process.env, LC_ALL: "C" } });
  return (stdout ?? "").split("\n").flatMap((line) => {
    const [, pid, parentPid, state = "Z", startTime = "", commandLine = ""] = LINE.exec(line) ?? [];
    if (state.startsWith("Z")) return [];
    return [{ pid: Number(pid), parentPid: Number(parentPid), startTime, commandLine }];
  });
}

/** Null when there is no such process, or only its zombie. */
export function statWithPs(pid: number): ProcessStat | null {
  return ps("-p", String(pid))[0] ?? null;
}

export function findWithPs(matches: (commandLine: string) => boolean): RunningProcess[] {
  return ps("-ax").filter(({ pid, commandLine }) => pid !== process.pid && matches(commandLine));
}
