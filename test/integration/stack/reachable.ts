import { cpSync, linkSync, lstatSync, mkdirSync, mkdtempSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { inject } from "vitest";
import { cacheDirOf, isReachable, type RunAs } from "../../../src/stack/home.ts";

/** What a process of another user needs to run dbctl, or a part of it. */
export interface Surroundings {
  /** Everybody may enter it; to be removed at the end. */
  readonly folder: string;
  readonly cacheDir: string;
  readonly checkout: string;
  readonly node: string;
}

const root = fileURLToPath(new URL("../../../", import.meta.url));
/** Of node_modules, what the stack imports. */
const NEEDED = /^(pg|postgres-|split2|xtend|node$|node-bin)/;

/** Links to our files under a folder that everybody may enter: cache and, where `user` can't reach it, checkout. */
export function surroundingsFor(user: RunAs): Surroundings {
  const folder = mkdtempSync(join(inject("runFolder"), "reachable-"));
  const cacheDir = join(folder, "dbctl");
  copyLinked(cacheDirOf(process.env), cacheDir);
  if (isReachable(join(root, "src"), user) && isReachable(process.execPath, user)) {
    return { folder, cacheDir, checkout: root, node: process.execPath };
  }
  const checkout = join(folder, "checkout");
  mkdirSync(join(checkout, "node_modules"), { recursive: true });
  for (const name of ["src", "test", "package.json"]) copyLinked(join(root, name), join(checkout, name));
  for (const name of readdirSync(join(root, "node_modules")).filter((each) => NEEDED.test(each))) {
    copyLinked(join(root, "node_modules", name), join(checkout, "node_modules", name));
  }
  const node = join(folder, "node");
  copyLinked(process.execPath, node);
  return { folder, cacheDir, checkout, node };
}

function copyLinked(from: string, to: string): void {
  if (lstatSync(from).isDirectory()) {
    mkdirSync(to, { mode: 0o755 });
    for (const name of readdirSync(from)) copyLinked(join(from, name), join(to, name));
    return;
  }
  try {
    linkSync(from, to);
  } catch {
    cpSync(from, to, { verbatimSymlinks: true });
  }
}
