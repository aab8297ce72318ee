import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { StackDown } from "../../../src/stack/index.ts";
import { Project, readMark, writeMark } from "./project.ts";
import { type Surroundings, surroundingsFor } from "./reachable.ts";

// Downloads and several engines at once, beside the other tests.
vi.setConfig({ testTimeout: 180_000 });

const NOBODY = 65_534;

let surroundings: Surroundings;

describe.skipIf(process.getuid?.() !== 0)("as root", () => {
  beforeAll(async () => {
    await using project = new Project();
    await project.up({ stores: ["clickhouse"] });
    surroundings = surroundingsFor({ uid: NOBODY, gid: NOBODY });
    for (const path of [surroundings.folder, surroundings.cacheDir]) {
      chmodSync(path, 0o755);
      chownSync(path, NOBODY, NOBODY);
    }
  });
  afterAll(() => rmSync(surroundings.folder, { recursive: true, force: true }));

  test("an ordinary user has engines of its own, and all data in the project", async () => {
    await using project = new Project();
    chownSync(project.root, NOBODY, NOBODY);
    const { folder, cacheDir } = surroundings;
    const as = { uid: NOBODY, surroundings, env: { HOME: folder, DBCTL_CACHE_DIR: cacheDir } };
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
  });

  test("another user's stack: the message says whose it is, nothing is harmed", async () => {
    await using project = new Project();
    await project.up({ stores: ["clickhouse"] });
    const ended = await project.spawn("down", { uid: NOBODY, surroundings }).ended();
    expect(ended.code).not.toBe(0);
    expect(ended.stderr).toContain("PERMISSION_DENIED");
    expect(await project.states()).toMatchObject({ clickhouse: "up" });
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
    const { home } = await project.up({ stores: ["clickhouse"] });
    await project.down(true);
    mkdirSync(home);
    chownSync(home, NOBODY, NOBODY);
    await expect(project.up({ stores: ["clickhouse"] })).rejects.toMatchObject({ code: "PERMISSION_DENIED" });
    rmSync(home, { recursive: true });
  });

  test("a ClickHouse on the PATH goes before npm's, unless it is too old", async () => {
    const bin = join(surroundings.folder, "bin");
    mkdirSync(bin);
    chmodSync(bin, 0o755);
    // The engine from npm behind the command line of the system's: there is no package of the server to install.
    const keeper = join(surroundings.checkout, "src/stack/clickhouse/keeper.ts");
    const engine = readdirSync(surroundings.cacheDir).find((name) => /^clickhouse-\w+$/.test(name)) ?? "";
    const script = (version: string) => `#!/bin/sh
if [ "$1" = --version ]; then echo "ClickHouse server version ${version} (official build)."; exit; fi
if [ "$1" != server ]; then exit 1; fi
shift
exec "${surroundings.node}" "${keeper}" "${join(surroundings.cacheDir, engine)}" "" "$@"
`;
    const env = { PATH: `${bin}:${process.env.PATH}` };
    const place = (version: string) =>
      writeFileSync(join(bin, "clickhouse"), script(version), { mode: 0o755 });
    await using project = new Project({ env });
    place("24.3.1.1");
    const old = await project.up({ stores: ["clickhouse"] });
    expect(old.engines).toMatchObject([{ state: "started", provider: expect.stringMatching(/^npm/) }]);
    await project.down();
    place("26.7.2.1");
    const { engines } = await project.up({ stores: ["clickhouse"] });
    expect(engines).toMatchObject([
      { state: "started", provider: `system (${bin}/clickhouse)`, error: null },
    ]);
    expect(project.processes().map(({ uid }) => uid)).not.toContain(0);
    expect(await project.down()).toMatchObject({ engines: [{ state: "stopped" }, {}] });
    expect(project.processes()).toEqual([]);
  });
});
