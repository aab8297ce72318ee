import { randomUUID } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { DbctlError } from "../errors.ts";
import { identify, isRunning, type ProcessIdentity } from "./process.ts";

export interface FileLockOptions {
  readonly signal: AbortSignal;
  readonly waitMs: number;
  /** Called once, when somebody else holds the lock. */
  readonly onWait?: ((holder: ProcessIdentity) => void) | undefined;
}

interface Holder extends ProcessIdentity {
  readonly host: string;
  /** One taking of the lock. */
  readonly nonce: string;
}

/** A holder on another host (a shared home folder) cannot be asked; after this it counts as dead. */
const FOREIGN_AGE_MS = 30 * 60_000;

/**
 * Runs `run` while the file `path` is ours, waiting for whoever holds it. A dead holder's lock is taken over, at once
 * and by one only. The folder of `path` is made when it is not there.
 * @throws LOCK_HELD after `waitMs`, CANCELLED
 */
export async function withFileLock<T>(
  path: string,
  options: FileLockOptions,
  run: () => Promise<T>,
): Promise<T> {
  const nonce = await acquire(path, options);
  try {
    return await run();
  } finally {
    release(path, nonce);
  }
}

async function acquire(path: string, options: FileLockOptions): Promise<string> {
  const deadline = Date.now() + options.waitMs;
  let told = false;
  for (;;) {
    if (options.signal.aborted) throw new DbctlError("CANCELLED", "interrupted while waiting for a lock");
    const nonce = tryTake(path);
    if (nonce !== null) return nonce;
    const holder = readHolder(path);
    if (holder === null) continue;
    if (isDead(holder, path)) {
      await breakLock(path, holder, options);
      continue;
    }
    if (Date.now() >= deadline) {
      throw new DbctlError("LOCK_HELD", `${path} is held by process ${holder.pid} on ${holder.host}`, {
        data: { host: holder.host, pid: holder.pid },
      });
    }
    if (!told) options.onWait?.(holder);
    told = true;
    await delay(50, undefined, { signal: options.signal }).catch(() => {});
  }
}

/** A hard link is the one creation that is atomic together with the content. */
function tryTake(path: string): string | null {
  const me = identify(process.pid);
  const nonce = randomUUID();
  const holder: Holder = { pid: process.pid, startTime: me?.startTime ?? "", host: hostname(), nonce };
  const own = `${path}.${nonce}`;
  try {
    writeFileSync(own, JSON.stringify(holder), { mode: 0o644 });
    linkSync(own, path);
    return nonce;
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return null;
    if (code === "ENOENT") {
      // Whoever cleaned up before us took the folder along.
      mkdirSync(dirname(path), { recursive: true });
      return null;
    }
    const denied = ["EACCES", "EPERM", "EROFS"].includes(code);
    throw new DbctlError(denied ? "PERMISSION_DENIED" : "INTERNAL", `cannot write ${path}: ${code}`, {
      hint: "check the folder: it may belong to another user, or its disk be full",
      cause: error,
    });
  } finally {
    rmSync(own, { force: true });
  }
}

function readHolder(path: string): Holder | null {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Holder;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new DbctlError("INTERNAL", `the lock ${path} cannot be read`, {
      hint: `remove ${path}`,
      cause: error,
    });
  }
}

function isDead(holder: Holder, path: string): boolean {
  if (holder.host === hostname()) return !isRunning(holder);
  try {
    return Date.now() - statSync(path).mtimeMs > FOREIGN_AGE_MS;
  } catch {
    return false;
  }
}

/**
 * Only the holder of the lock named after this very taking may remove it, and looks again before it does: a slow
 * contender can never remove the lock of whoever came after the dead holder.
 */
async function breakLock(path: string, dead: Holder, options: FileLockOptions): Promise<void> {
  await withFileLock(`${path}.break-${dead.nonce}`, { ...options, onWait: undefined }, async () => {
    if (readHolder(path)?.nonce === dead.nonce) rmSync(path, { force: true });
  });
}

function release(path: string, nonce: string): void {
  if (readHolder(path)?.nonce === nonce) rmSync(path, { force: true });
}
