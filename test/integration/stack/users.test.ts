import {
  chownSync,
  cpSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { cacheDirOf } from "../../../src/stack/home.ts";
import type { StackDown } from "../../../src/stack/index.ts";
import { Project, readMark, writeMark } from "./project.ts";

const NOBODY = 65_534;

/** The same files under another folder that everybody may enter, without their gigabyte where links are possible. */
function shareCache(): string {
  const folder = mkdtempSync(join(tmpdir(), "dbctl-cache-test-"));
  const cache = join(folder, "dbctl");
  copyLinked(cacheDirOf(process.env), cache);
  chownSync(folder, NOBODY, NOBODY);
  chownSync(cache, NOBODY, NOBODY);
  return folder;
}

function copyLinked(from: string, to: string): void {
  if (lstatSync(from).isDirectory()) {
    mkdirSync(to);
    for (const name of readdirSync(from)) copyLinked(join(from, name), join(to, name));
    return;
  }
  try {
    linkSync(from, to);
  } catch {
    cpSync(from, to, { verbatimSymlinks: true });
  }
}

describe.skipIf(process.getuid?.() !== 0)("as root", () => {
  test("an ordinary user has engines of its own, and all data in the project", async () => {
    await using project = new Project();
    const cache = shareCache();
    chownSync(project.root, NOBODY, NOBODY);
    const as = { uid: NOBODY, env: { HOME: cache, DBCTL_CACHE_DIR: join(cache, "dbctl") } };
    const { engines, home } = await project.spawn("up", as).result();
    expect(engines.map(({ error }) => error)).toEqual([null, null]);
    expect(home).toBe(`${project.root}/.dbctl/stack`);
    expect(new Set(project.processes().map(({ uid }) => uid))).toEqual(new Set([NOBODY]));
    await writeMark(project);
    await project.spawn("down", as).result<StackDown>();
    expect(project.processes()).toEqual([]);
    await project.spawn("up", as).result();
    expect(await readMark(project)).toEqual([42, 42]);
    await project.spawn("purge", as).result<StackDown>();
    expect(readdirSync(project.root)).toEqual([]);
    rmSync(cache, { recursive: true, force: true });
  });

  test("another user's stack: the message says whose it is, nothing is harmed", async () => {
    await using project = new Project();
    await project.up({ stores: ["postgres"] });
    const ended = await project.spawn("down", { uid: NOBODY }).ended();
    expect(ended.code).not.toBe(0);
    expect(ended.stderr).toContain("PERMISSION_DENIED");
    expect(await project.states()).toMatchObject({ postgres: "up" });
  });

  test("a project under a folder of mode 700, a strict umask, PostgreSQL from root's cache", async () => {
    const umask = process.umask(0o077);
    try {
      await using project = new Project({
        mode: 0o700,
        env: { DBCTL_STACK_POSTGRES: "npm", HOME: homedir() },
      });
      const { engines, home } = await project.up();
      expect(engines.map(({ error }) => error)).toEqual([null, null]);
      expect(home).toMatch(/^\/var\/tmp\/dbctl-[0-9a-f]{16}$/);
      expect(statSync(home).mode & 0o777).toBe(0o711);
      expect(project.processes().map(({ uid }) => uid)).not.toContain(0);
      await writeMark(project);
      await project.down();
      await project.up();
      expect(await readMark(project)).toEqual([42, 42]);
      await project.down(true);
      expect(existsSync(home)).toBe(false);
    } finally {
      process.umask(umask);
    }
  });

  test("a folder that somebody else put in the home's place is not used", async () => {
    await using project = new Project();
    const { home } = await project.up({ stores: ["postgres"] });
    await project.down(true);
    mkdirSync(home);
    chownSync(home, NOBODY, NOBODY);
    await expect(project.up({ stores: ["postgres"] })).rejects.toMatchObject({ code: "PERMISSION_DENIED" });
    rmSync(home, { recursive: true });
  });
});
