import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import type { Config } from "../../../src/config/config.ts";
import type { Fault } from "../../../src/config/faults.ts";
import { type LoadOptions, loadConfig } from "../../../src/config/load.ts";
import { DbctlError } from "../../../src/errors.ts";

/** A folder with these files, removed when the test ends. */
export async function makeProject(files: Readonly<Record<string, string>>): Promise<string> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "dbctl-config-")));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), text);
  }
  return root;
}

/** A project whose configuration is this object, as JSON: `entities` written out. */
export function jsonProject(
  configuration: Readonly<Record<string, unknown>>,
  files: Readonly<Record<string, string>> = {},
): Promise<string> {
  return makeProject({
    "dbctl.config.json": JSON.stringify({ name: "shop", ...configuration }),
    ...files,
  });
}

export function load(root: string, options: Partial<LoadOptions> = {}): Promise<Config> {
  return loadConfig({ cwd: root, flags: {}, env: {}, ...options });
}

/** The faults of a configuration that must be refused. */
export async function faultsOf(root: string, options: Partial<LoadOptions> = {}): Promise<readonly Fault[]> {
  const error = await refused(root, options);
  return (error.data as { readonly faults: readonly Fault[] }).faults;
}

export async function refused(root: string, options: Partial<LoadOptions> = {}): Promise<DbctlError> {
  try {
    await load(root, options);
  } catch (error) {
    if (error instanceof DbctlError) return error;
    throw error;
  }
  throw new Error("the configuration was taken");
}
