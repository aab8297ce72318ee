import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { DbctlError } from "../../errors.ts";
import type { EngineCommand, EnginePlace } from "../engine.ts";
import { identify } from "../process.ts";

/** Owner of the cluster, a superuser. */
export const USER = "dbctl";
/** Many test files and pools at once; a connection slot costs little until it is used. */
const MAX_CONNECTIONS = 600;
const ORPHANS_GRACE_MS = 3_000;

/** Major version of the server that made the data; null when there are none. */
export function dataMajor(place: EnginePlace): number | null {
  try {
    return Number(readFileSync(join(place.dataDir, "PG_VERSION"), "utf8"));
  } catch {
    return null;
  }
}

/** Creates the cluster under another name first, so that an interrupted initdb leaves no half of one. */
export async function createCluster(binDir: string, place: EnginePlace, signal: AbortSignal): Promise<void> {
  for (const entry of readdirSync(place.dir)) {
    if (entry.startsWith("initdb-")) rmSync(join(place.dir, entry), { recursive: true, force: true });
  }
  rmSync(place.dataDir, { recursive: true, force: true });
  const temporary = join(place.dir, `initdb-${randomUUID()}`);
  const passwordFile = `${temporary}.password`;
  mkdirSync(temporary, { mode: 0o700 });
  writeFileSync(passwordFile, place.password, { mode: 0o600 });
  if (place.runAs !== null) {
    for (const path of [temporary, passwordFile]) chownSync(path, place.runAs.uid, place.runAs.gid);
  }
  const locale = process.platform === "darwin" ? "en_US.UTF-8" : "C.UTF-8";
  const args = ["-D", temporary, "-U", USER, "-A", "scram-sha-256", `--pwfile=${passwordFile}`];
  try {
    await promisify(execFile)(
      join(binDir, "initdb"),
      [...args, "--encoding=UTF8", `--locale=${locale}`, "--no-instructions"],
      {
        signal,
        cwd: place.dir,
        env: { PATH: process.env.PATH, HOME: place.dir },
        ...(place.runAs ?? {}),
      },
    );
    renameSync(temporary, place.dataDir);
  } catch (cause) {
    if (signal.aborted) throw new DbctlError("CANCELLED", "creating PostgreSQL's data was interrupted");
    const { stderr = "", message } = cause as Error & { stderr?: string };
    throw new DbctlError("ENGINE_UNAVAILABLE", `initdb failed: ${stderr.trim() || message}`, {
      store: "postgres",
      hint: "check the disk and the folder's permissions",
      cause,
    });
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/**
 * Readies data that were not shut down. Backends may outlive a killed server for a moment, and no new one may start
 * beside them. postmaster.pid may by now name another program's pid, which would keep PostgreSQL from starting: the
 * file goes when nothing works in the data folder any more.
 */
export async function clearAfterCrash(place: EnginePlace, signal: AbortSignal): Promise<void> {
  const file = join(place.dataDir, "postmaster.pid");
  if (process.platform !== "linux" || !existsSync(file)) return;
  const deadline = Date.now() + ORPHANS_GRACE_MS;
  for (let orphans = workingIn(place.dataDir); orphans.length > 0; orphans = workingIn(place.dataDir)) {
    if (Date.now() > deadline) for (const pid of orphans) process.kill(pid, "SIGKILL");
    await delay(20, undefined, { signal });
  }
  rmSync(file, { force: true });
}

/** Every process of a server has its data folder as its working directory. */
function workingIn(dataDir: string): number[] {
  return readdirSync("/proc")
    .filter((name) => {
      try {
        return /^\d+$/.test(name) && readlinkSync(`/proc/${name}/cwd`) === dataDir;
      } catch {
        return false;
      }
    })
    .map(Number)
    .filter((pid) => identify(pid) !== null);
}

/** Loopback only, no socket file: its path could be longer than the system allows. */
export function serverCommand(binDir: string, place: EnginePlace, port: number): EngineCommand {
  const settings = {
    listen_addresses: "127.0.0.1",
    port,
    unix_socket_directories: "",
    max_connections: MAX_CONNECTIONS,
    log_checkpoints: "off",
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  return { file: join(binDir, "postgres"), args: ["-D", place.dataDir, ...args], runAs: place.runAs };
}
