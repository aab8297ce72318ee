import { spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { DbctlError } from "../errors.ts";
import type { StoreName } from "../stores/store.ts";
import type { EnginePlace } from "./engine.ts";

export interface RunAs {
  readonly uid: number;
  readonly gid: number;
}

type Env = Readonly<Record<string, string | undefined>>;

const isRoot = (): boolean => process.getuid?.() === 0;

/** The project's own folder for what dbctl keeps. */
export function stackFolder(root: string): string {
  return join(root, ".dbctl");
}

/**
 * The folders in which the stack of the project in `root` may live: an ordinary user's, then root's. Root's lies where
 * an unprivileged user can go, since the project may be in a folder closed to others. A home recorded elsewhere is
 * another project's, of which this one is a copy.
 */
export function homesOf(root: string): readonly [user: string, root: string] {
  const project = realpathSync(root);
  const hash = createHash("sha256").update(project).digest("hex").slice(0, 16);
  const anybody = { uid: -1, gid: -1 };
  const parent = ["/var/tmp", tmpdir()].find((dir) => isReachable(dir, anybody)) ?? "/var/tmp";
  return [join(stackFolder(project), "stack"), join(parent, `dbctl-${hash}`)];
}

/** Where the project's stack lives, or would: `recorded` when it is the project's. */
export function homeOf(root: string, recorded: string | undefined): string {
  const homes = homesOf(root);
  return homes.find((home) => home === recorded) ?? homes[isRoot() ? 1 : 0];
}

/** Creates the home, or checks that it is ours. As root others may pass through it but not list it. */
export function ensureHome(home: string): void {
  const mode = isRoot() ? 0o711 : 0o700;
  mkdirSync(home, { recursive: true, mode });
  const found = lstatSync(home);
  // In a folder open to all somebody else may have been there first.
  const foreign = isRoot() && !home.includes("/.dbctl/") && found.uid !== 0;
  if (!found.isDirectory() || foreign) {
    throw new DbctlError("PERMISSION_DENIED", `${home} is not dbctl's`, { hint: `remove ${home}` });
  }
  if (found.uid === process.getuid?.()) chmodSync(home, mode);
}

/** As root: the user that engines run as. Data that are there already keep their owner. */
export function chooseRunAs(home: string, env: Env): RunAs | null {
  if (!isRoot()) return null;
  for (const store of ["postgres", "clickhouse"]) {
    try {
      const { uid, gid } = statSync(join(home, store));
      if (uid !== 0) return { uid, gid };
    } catch {
      // Not there yet.
    }
  }
  const uid = Number(env.SUDO_UID ?? 0);
  if (uid > 0) return { uid, gid: Number(env.SUDO_GID ?? uid) };
  const found = lookUp("postgres") ?? lookUp("nobody");
  if (found !== null) return found;
  throw new DbctlError("ENGINE_UNAVAILABLE", "there is no unprivileged user to run engines as", {
    hint: "create a user named postgres or nobody, or run dbctl as an ordinary user",
  });
}

function lookUp(name: string): RunAs | null {
  const [uid, gid] = ["-u", "-g"].map((flag) => spawnSync("id", [flag, name], { encoding: "utf8" }).stdout);
  return uid?.trim() && gid?.trim() ? { uid: Number(uid), gid: Number(gid) } : null;
}

/** The engine's folder, log and password in `home`: made on first use, the same ever after. */
export function ensurePlace(
  home: string,
  store: StoreName,
  runAs: RunAs | null,
  recordedUrl: string | undefined,
): EnginePlace {
  const recorded = recordedUrl === undefined ? "" : decodeURIComponent(new URL(recordedUrl).password);
  const password = readPassword(home, store) ?? keepPassword(home, store, recorded);
  const place = placeOf(home, store, runAs, password);
  mkdirSync(place.dir, { recursive: true, mode: 0o700 });
  if (runAs !== null) chownSync(place.dir, runAs.uid, runAs.gid);
  return place;
}

/** The place without creating anything; its password is empty when there is none yet. */
export function existingPlace(home: string, store: StoreName): EnginePlace {
  return placeOf(home, store, null, readPassword(home, store) ?? "");
}

function placeOf(home: string, store: StoreName, runAs: RunAs | null, password: string): EnginePlace {
  const dir = join(home, store);
  return { dir, dataDir: join(dir, "data"), logFile: join(home, `${store}.log`), password, runAs };
}

const passwordFile = (home: string, store: StoreName) => join(home, `${store}.password`);

function readPassword(home: string, store: StoreName): string | null {
  try {
    return readFileSync(passwordFile(home, store), "utf8").trim() || null;
  } catch {
    return null;
  }
}

/** Kept beside the data: a lost stack.json must not lock us out of them. */
function keepPassword(home: string, store: StoreName, recorded: string): string {
  const password = recorded || randomBytes(18).toString("base64url");
  writeFileSync(passwordFile(home, store), password, { mode: 0o600 });
  return password;
}

/** Whether `user` may enter every folder on the way to `path` and read it. */
export function isReachable(path: string, user: RunAs | null): boolean {
  if (user === null) return true;
  try {
    for (let at = realpathSync(path); ; at = dirname(at)) {
      const { mode, uid, gid } = statSync(at);
      const shift = uid === user.uid ? 6 : gid === user.gid ? 3 : 0;
      if (((mode >> shift) & 0o1) === 0) return false;
      if (at === dirname(at)) return true;
    }
  } catch {
    return false;
  }
}

/** Where installed engines are kept, for all projects of the user. */
export function cacheDirOf(env: Env): string {
  if (env.DBCTL_CACHE_DIR) return resolve(env.DBCTL_CACHE_DIR);
  if (env.XDG_CACHE_HOME) return join(env.XDG_CACHE_HOME, "dbctl");
  const home = env.HOME ?? homedir();
  return process.platform === "darwin" ? join(home, "Library/Caches/dbctl") : join(home, ".cache/dbctl");
}
