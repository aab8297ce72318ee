import { stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { DbctlError } from "../errors.ts";

/** Strongest first, where a folder has several. */
export const CONFIG_FILES = [
  "dbctl.config.ts",
  "dbctl.config.mts",
  "dbctl.config.js",
  "dbctl.config.mjs",
  "dbctl.config.json",
] as const;

/**
 * Absolute path of the configuration: `named` (relative to `cwd`), otherwise the nearest file at or above `cwd`.
 * @throws CONFIG_NOT_FOUND
 */
export async function findConfigFile(cwd: string, named?: string): Promise<string> {
  if (named !== undefined) {
    const file = resolve(cwd, named);
    if (await isFile(file)) return file;
    throw new DbctlError("CONFIG_NOT_FOUND", `there is no configuration file ${file}`);
  }
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    for (const name of CONFIG_FILES) {
      const file = join(folder, name);
      if (await isFile(file)) return file;
    }
    if (dirname(folder) === folder) break;
  }
  throw new DbctlError("CONFIG_NOT_FOUND", `there is no dbctl.config.ts in ${resolve(cwd)} or above it`);
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
