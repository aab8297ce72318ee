import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ChainFile, chainOf } from "./chain.ts";
import { parseScriptName, storeOrder } from "./layout.ts";
import { compareVersions, parseVersionFolder, versionKey } from "./version.ts";

export const SUM_FILE = "dbctl.sum";

/**
 * `migrations/dbctl.sum`, the committed chain: `<version>_<name>/<file> v1:<sha256> <chain>` a line, in the order of
 * the chain. dbctl adds lines and never changes or removes the hash of one: only a person can, and the diff shows it.
 */
export interface Sum {
  /** Checksum by path. */
  readonly checksums: ReadonlyMap<string, string>;
  /** What is wrong with the file itself; a sum with faults proves nothing. */
  readonly faults: readonly { readonly line: number; readonly message: string }[];
}

/** null when there is no such file. */
export function readSum(migrationsDir: string): Sum | null {
  try {
    return parseSum(readFileSync(join(migrationsDir, SUM_FILE), "utf8"));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

/** Atomic: a reader sees the old file or the new one. */
export function writeSum(migrationsDir: string, checksums: ReadonlyMap<string, string>): void {
  const file = join(migrationsDir, SUM_FILE);
  const draft = join(migrationsDir, `.${SUM_FILE}.${process.pid}`);
  writeFileSync(draft, formatSum(checksums));
  renameSync(draft, file);
}

/** The inverse of `parseSum`, whatever the order of `checksums`. */
export function formatSum(checksums: ReadonlyMap<string, string>): string {
  const files = inOrder(checksums);
  const chain = chainOf(files);
  return files
    .flat()
    .map((file) => `${file.path} ${file.checksum} ${chain.get(file.path)}\n`)
    .join("");
}

export function parseSum(text: string): Sum {
  const checksums = new Map<string, string>();
  const faults: { line: number; message: string }[] = [];
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  for (const [index, line] of lines.entries()) {
    const [, path, hash] = /^(\S+) (v1:[0-9a-f]{64}) [0-9a-f]{64}\r?$/.exec(line) ?? [];
    if (path === undefined || hash === undefined || splitPath(path) === null) {
      faults.push({ line: index + 1, message: "is not <version>/<file> v1:<sha256> <chain>" });
    } else if (checksums.has(path)) {
      faults.push({ line: index + 1, message: `lists ${path} again` });
    } else {
      checksums.set(path, hash);
    }
  }
  if (faults.length === 0) {
    const expected = formatSum(checksums).split("\n");
    const line = lines.findIndex((actual, index) => actual.trimEnd() !== expected[index]);
    if (line >= 0) faults.push({ line: line + 1, message: "does not follow from the lines before it" });
  }
  return { checksums, faults };
}

/** Files by version, in the order of the chain. Paths that name no script are left out. */
export function inOrder(checksums: ReadonlyMap<string, string>): readonly (readonly ChainFile[])[] {
  const folders = new Map<string, { readonly version: string; readonly files: RankedFile[] }>();
  for (const [path, hash] of checksums) {
    const parts = splitPath(path);
    if (parts === null) continue;
    const folder = folders.get(parts.folder) ?? { version: parts.version, files: [] };
    folders.set(parts.folder, folder);
    folder.files.push({ path, checksum: hash, rank: parts.rank });
  }
  return [...folders]
    .sort(([a, left], [b, right]) => compareVersions(left.version, right.version) || (a < b ? -1 : 1))
    .map(([, { files }]) => files.sort((a, b) => a.rank - b.rank));
}

interface RankedFile extends ChainFile {
  /** Its place within the version. */
  readonly rank: number;
}

interface PathParts {
  readonly folder: string;
  readonly version: string;
  readonly rank: number;
}

function splitPath(path: string): PathParts | null {
  const [folder = "", file = "", ...rest] = path.split("/");
  const version = parseVersionFolder(folder)?.version;
  const script = parseScriptName(file);
  if (rest.length > 0 || version === undefined || typeof script === "string") return null;
  const rank = storeOrder(script.store) * 2 + (script.direction === "up" ? 0 : 1);
  return { folder, version: versionKey(version), rank };
}
