import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { withoutStoreVariables } from "../../support/environment.ts";

const POLL_MS = 20;

/** A run of the binary: the document it printed, how long it took, and the most memory it held. */
export interface Watched<Data> {
  readonly exitCode: number;
  readonly data: Data;
  readonly wallMs: number;
  /** VmHWM: the peak of the process's resident memory. */
  readonly peakBytes: number;
}

export interface Watcher {
  readonly binary: string;
  readonly cwd: string;
  /** Added to an environment that names no store. */
  readonly env: Readonly<Record<string, string>>;
}

/** Runs `dbctl … --json` and watches it. @throws when it does not end with `expected` */
export async function watch<Data>(
  { binary, cwd, env }: Watcher,
  args: readonly string[],
  expected = 0,
): Promise<Watched<Data>> {
  const startedMs = performance.now();
  const child = spawn(process.execPath, [binary, ...args, "--json"], {
    cwd,
    env: { ...withoutStoreVariables(process.env), ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let peakBytes = 0;
  const timer = setInterval(() => {
    peakBytes = Math.max(peakBytes, peakOf(child.pid));
  }, POLL_MS);
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (part) => {
    text += part;
  });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  }).finally(() => clearInterval(timer));
  const wallMs = performance.now() - startedMs;
  if (status !== expected) throw new Error(`dbctl ${args.join(" ")} ended with ${status}: ${text}`);
  return { ...JSON.parse(text), wallMs, peakBytes };
}

/** 0 once the process has ended. */
function peakOf(pid: number | undefined): number {
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return Number(kilobytes ?? 0) * 1024;
  } catch {
    return 0;
  }
}
