import { type ChildProcess, spawn } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DbctlError } from "../errors.ts";
import type { StoreName } from "../stores/store.ts";
import type { Task } from "../ui/reporter.ts";
import type { ProvideRequest } from "./engine.ts";
import { withFileLock } from "./lock.ts";
import { identify, type ProcessIdentity, stopProcess } from "./process.ts";

/** A folder with a package.json and a lockfile that pin an engine published on npm. */
export interface EnginePackage {
  readonly store: StoreName;
  /** `ClickHouse 26.7`, for messages. */
  readonly title: string;
  readonly folder: URL;
  /** What npm writes while it installs, download and unpacked, for the progress bar only. */
  readonly totalBytes: number;
  /** Runs in the installed folder before it counts as complete. */
  readonly finish?: (folder: string) => void;
}

export interface InstalledPackage {
  readonly folder: string;
  /** 0 when it was there. */
  readonly downloadMs: number;
}

/** Written last, before the folder gets its name: a folder without it is not complete. */
const MARKER = "complete.json";
const INSTALL_WAIT_MS = 30 * 60_000;

/**
 * The engine's folder in the cache, installed by `npm ci` if it is not there. Another dbctl that installs the same is
 * waited for; what an interrupted one left is removed.
 * @throws ENGINE_UNAVAILABLE with npm's words, CANCELLED
 */
export async function installPackage(
  engine: EnginePackage,
  request: ProvideRequest,
): Promise<InstalledPackage> {
  const source = fileURLToPath(engine.folder);
  const lockfile = readFileSync(join(source, "package-lock.json"));
  const name = `${engine.store}-${createHash("sha256").update(lockfile).digest("hex").slice(0, 12)}`;
  const folder = join(request.cacheDir, name);
  if (existsSync(join(folder, MARKER))) return { folder, downloadMs: 0 };
  try {
    mkdirSync(request.cacheDir, { recursive: true });
  } catch (cause) {
    throw unavailable(engine, `the cache folder ${request.cacheDir} cannot be made`, cause);
  }
  const lockOptions = {
    signal: request.signal,
    waitMs: INSTALL_WAIT_MS,
    onWait: (holder: ProcessIdentity) =>
      request.reporter.note(`${engine.title}: waiting for process ${holder.pid}, which is installing it`),
  };
  return withFileLock(`${folder}.lock`, lockOptions, async () => {
    if (existsSync(join(folder, MARKER))) return { folder, downloadMs: 0 };
    await removeLeftovers(request.cacheDir, name);
    const startedAt = performance.now();
    const temporary = join(request.cacheDir, `${name}.tmp-${randomUUID()}`);
    try {
      await install(engine, source, temporary, request);
      rmSync(folder, { recursive: true, force: true });
      renameSync(temporary, folder);
    } finally {
      rmSync(temporary, { recursive: true, force: true });
    }
    return { folder, downloadMs: performance.now() - startedAt };
  });
}

async function install(
  engine: EnginePackage,
  source: string,
  temporary: string,
  request: ProvideRequest,
): Promise<void> {
  const task = request.reporter.task(`download ${engine.title}`, {
    store: engine.store,
    unit: "bytes",
    total: engine.totalBytes,
  });
  try {
    cpSync(source, temporary, { recursive: true });
    await runNpm(engine, temporary, request, task);
    engine.finish?.(temporary);
    rmSync(join(temporary, ".npm"), { recursive: true, force: true });
    writeFileSync(join(temporary, MARKER), JSON.stringify({ installedAt: new Date().toISOString() }));
    task.succeed();
  } catch (error) {
    task.fail();
    if (error instanceof DbctlError) throw error;
    throw unavailable(engine, `it could not be installed: ${(error as Error).message}`, error);
  }
}

/** npm runs no script of the packages and keeps its downloads in the folder, where they count as progress. */
async function runNpm(
  engine: EnginePackage,
  cwd: string,
  request: ProvideRequest,
  task: Task,
): Promise<void> {
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-dry-run", "--no-global"];
  const npm = spawn(
    "npm",
    [...args, "--include=optional", "--loglevel=error", "--cache", join(cwd, ".npm")],
    {
      cwd,
      env: request.env,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    },
  );
  const output: Buffer[] = [];
  npm.stdout.on("data", (chunk) => output.push(chunk));
  npm.stderr.on("data", (chunk) => output.push(chunk));
  const end = () => killGroup(npm);
  request.signal.addEventListener("abort", end);
  const watch = setInterval(() => task.progress(Math.min(sizeOf(cwd), engine.totalBytes)), 500);
  try {
    if (npm.pid !== undefined) {
      writeFileSync(join(cwd, "npm.json"), JSON.stringify(identify(npm.pid) ?? { pid: 0, startTime: "" }));
    }
    const [code] = (await once(npm, "close")) as [number | null];
    if (request.signal.aborted)
      throw new DbctlError("CANCELLED", `installing ${engine.title} was interrupted`);
    if (code !== 0) throw unavailable(engine, `npm failed: ${lastLines(Buffer.concat(output).toString())}`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw unavailable(engine, "npm, which installs it, is not on the PATH", error);
  } finally {
    clearInterval(watch);
    request.signal.removeEventListener("abort", end);
  }
}

function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGTERM");
  } catch {
    // It has ended.
  }
}

/** With the lock held, temporary folders belong to the dead; their npm may still be writing. */
async function removeLeftovers(cacheDir: string, name: string): Promise<void> {
  for (const entry of readdirSync(cacheDir)) {
    if (!entry.startsWith(`${name}.tmp-`)) continue;
    const folder = join(cacheDir, entry);
    try {
      const npm = JSON.parse(readFileSync(join(folder, "npm.json"), "utf8")) as ProcessIdentity;
      await stopProcess(npm, { signal: "SIGTERM", graceMs: 2_000 });
    } catch {
      // It never came to start npm.
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Sum of the files' sizes; what vanishes meanwhile does not count. */
function sizeOf(path: string): number {
  try {
    const stat = lstatSync(path);
    if (!stat.isDirectory()) return stat.size;
    return readdirSync(path).reduce((sum, entry) => sum + sizeOf(join(path, entry)), 0);
  } catch {
    return 0;
  }
}

function lastLines(text: string): string {
  return text.trim().split("\n").slice(-3).join("; ").slice(0, 500);
}

function unavailable(engine: EnginePackage, why: string, cause?: unknown): DbctlError {
  return new DbctlError("ENGINE_UNAVAILABLE", `${engine.title} cannot be had: ${why}`, {
    store: engine.store,
    hint: "check the network and npm's registry, install the engine yourself, or set the store's URL",
    cause,
  });
}
