import { once } from "node:events";
import { existsSync, readFileSync, statSync } from "node:fs";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { expect, test } from "vitest";
import { ENGINES } from "../../../src/stack/engines.ts";
import { stackLogs } from "../../../src/stack/index.ts";
import { probe } from "../../../src/stack/launch.ts";
import { Project, queryClickhouse, queryPostgres, readMark, writeMark } from "./project.ts";

test("up, up again, down, up: the same addresses and data; purge leaves nothing", async () => {
  await using project = new Project();
  const first = await project.up();
  expect(first.engines.map(({ store, state, error }) => ({ store, state, error }))).toEqual([
    { store: "clickhouse", state: "started", error: null },
    { store: "postgres", state: "started", error: null },
  ]);
  expect(await project.states()).toEqual({ clickhouse: "up", postgres: "up" });
  await writeMark(project);

  const again = await project.up();
  expect(again.engines.map(({ state, pid }) => ({ state, pid }))).toEqual(
    first.engines.map(({ pid }) => ({ state: "running", pid })),
  );

  const urls = [project.engine("postgres").url, project.engine("clickhouse").url];
  const down = await project.down();
  expect(down.engines.map(({ state }) => state)).toEqual(["stopped", "stopped"]);
  expect(project.processes()).toEqual([]);
  expect(await project.states()).toEqual({ clickhouse: "down", postgres: "down" });
  expect((await project.down()).engines.map(({ state }) => state)).toEqual(["not running", "not running"]);

  await project.up();
  expect([project.engine("postgres").url, project.engine("clickhouse").url]).toEqual(urls);
  expect(await readMark(project)).toEqual([42, 42]);
  const { lines } = stackLogs(project.root, "postgres", 1_000);
  expect(lines.join("\n")).toContain("ready to accept connections");
  expect(stackLogs(project.root, "postgres", 2).lines).toEqual(lines.slice(-2));

  const { home } = first;
  const { purged } = await project.down(true);
  expect(purged).toBe(home);
  expect(existsSync(home)).toBe(false);
  expect(existsSync(`${project.root}/.dbctl`)).toBe(false);
});

test("the engines are private: loopback, password, unprivileged, many connections", async () => {
  await using project = new Project();
  const { file, engines } = await project.up();
  const postgres = project.engine("postgres");
  const clickhouse = project.engine("clickhouse");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  for (const { url } of [postgres, clickhouse]) {
    const { password } = new URL(url);
    expect(password.length).toBeGreaterThan(20);
    expect(JSON.stringify(engines)).not.toContain(password);
    for (const { argv } of project.processes()) expect(argv).not.toContain(password);
  }
  expect(project.processes().every(({ uid }) => uid !== 0)).toBe(true);

  for (const definition of ENGINES) {
    const { url, dataDir } = project.engine(definition.store);
    const answer = (dir: string) =>
      probe(definition, url, { ...PLACE, dataDir: dir }, new AbortController().signal);
    expect(await answer(dataDir)).toMatchObject({ version: project.engine(definition.store).version });
    // A server on our port that lets us in, but on other data.
    expect(await answer(`${dataDir}2`)).toBeNull();
  }

  const [settings] = await queryPostgres(
    postgres.url,
    "SELECT current_setting('max_connections')::int AS n, current_user AS u, rolpassword LIKE 'SCRAM-SHA-256%' AS scram FROM pg_authid WHERE rolname = current_user",
  );
  expect(settings).toEqual({ n: 600, u: "dbctl", scram: true });
  const wrong = (url: string) => url.replace(new URL(url).password, "wrong");
  await expect(queryPostgres(wrong(postgres.url), "SELECT 1")).rejects.toThrow(
    "password authentication failed",
  );
  await expect(queryClickhouse(wrong(clickhouse.url), "SELECT 1")).rejects.toThrow("AUTHENTICATION_FAILED");
  const nobody = `http://default:@127.0.0.1:${clickhouse.port}`;
  await expect(queryClickhouse(nobody, "SELECT * FROM file('/etc/hostname', 'RawBLOB')")).rejects.toThrow(
    "QUOTA_EXCEEDED",
  );
  await expect(queryClickhouse(nobody, "SELECT * FROM system.tables")).rejects.toThrow(/QUOTA|ACCESS_DENIED/);
  await queryClickhouse(clickhouse.url, "CREATE DATABASE b");
  await queryClickhouse(clickhouse.url, "CREATE TABLE b.t (n Int8) ENGINE = MergeTree ORDER BY n");
  expect(await queryClickhouse(clickhouse.url, "BACKUP TABLE b.t TO Disk('backups', 'b')")).toContain(
    "BACKUP_CREATED",
  );
  for (const port of [postgres.port, clickhouse.port]) expect(await reachableFromOutside(port)).toBe(false);
});

test("the folder that is made in the project is not seen by git, and its record is the project's own", async () => {
  await using project = new Project();
  await project.up({ stores: ["clickhouse"] });
  expect(readFileSync(`${project.root}/.dbctl/.gitignore`, "utf8")).toBe("*\n");
  expect(await project.states()).toEqual({ clickhouse: "up", postgres: "absent" });
});

const PLACE = { dir: "", logFile: "", password: "", runAs: null };

/** Through an address of this machine that is not loopback; false where there is none. */
async function reachableFromOutside(port: number): Promise<boolean> {
  const outside = Object.values(networkInterfaces())
    .flat()
    .find((address) => address !== undefined && !address.internal && address.family === "IPv4");
  if (outside === undefined) return false;
  const socket = connect({ host: outside.address, port });
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
