import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { identify } from "../../../src/stack/process.ts";
import { Project, queryPostgres, readMark, writeMark } from "./project.ts";

/** One for all tests here, which heal what they break: creating PostgreSQL's data is most of the time. */
let project: Project;
beforeAll(() => {
  project = new Project();
});
afterAll(() => project[Symbol.asyncDispose]());

/** Reads a process by its arguments; there is exactly one. */
function pidOf(argv: RegExp, of = project): number {
  const found = of.processes().filter((process) => argv.test(process.argv));
  expect(found).toHaveLength(1);
  return found[0]?.pid ?? 0;
}

async function listen(port: number, host = "127.0.0.1"): Promise<Server> {
  const server = createServer((socket) => socket.destroy());
  server.listen(port, host);
  await once(server, "listening");
  return server;
}

describe("killed processes", () => {
  test("kill -9 of PostgreSQL, of ClickHouse's keeper, then of its engine: the next up heals", async () => {
    await project.up();
    await writeMark(project);
    const { port } = project.engine("clickhouse");

    process.kill(project.engine("postgres").pid ?? 0, "SIGKILL");
    process.kill(pidOf(/clickhouse\/keeper\.ts/), "SIGKILL");
    await expect.poll(() => project.processes()).toEqual([]);
    expect(await project.states()).toEqual({ clickhouse: "crashed", postgres: "crashed" });
    const healed = await project.up();
    for (const { state, notes } of healed.engines) {
      expect({ state, notes }).toEqual({
        state: "started",
        notes: ["its process had ended unexpectedly: started again"],
      });
    }
    expect(project.engine("clickhouse").port).toBe(port);
    expect(await readMark(project)).toEqual([42, 42]);

    process.kill(pidOf(/clickhouse\/engine\.ts/), "SIGKILL");
    await expect.poll(() => project.states()).toMatchObject({ clickhouse: "crashed" });
    const again = await project.up();
    expect(again.engines.map(({ state }) => state)).toEqual(["started", "running"]);
    expect(await readMark(project)).toEqual([42, 42]);
    await project.down();
    expect(project.processes()).toEqual([]);
  });

  test("a backend that outlives a killed PostgreSQL never works beside the next one", async () => {
    await project.up({ stores: ["postgres"] });
    const server = project.engine("postgres").pid ?? 0;
    const { url, dataDir } = project.engine("postgres");
    const [{ pid } = {}] = await queryPostgres(
      url,
      "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'",
    );
    process.kill(Number(pid), "SIGSTOP");
    process.kill(server, "SIGKILL");
    const { engines } = await project.up({ stores: ["postgres"] });
    expect(engines).toMatchObject([{ state: "started", error: null }]);
    expect(identify(Number(pid))).toBeNull();
    expect(await queryPostgres(url, "SHOW data_directory")).toEqual([{ data_directory: dataDir }]);
  });

  test("kill -9 of `stack up` itself, at several moments: the next one ends with two engines", async () => {
    await using fresh = new Project();
    for (const afterMs of [150, 300, 450, 700, 1_000]) {
      const up = fresh.spawn("up");
      await delay(afterMs);
      up.child.kill("SIGKILL");
      await up.ended();
    }
    const { engines } = await fresh.up();
    expect(engines.map(({ error }) => error)).toEqual([null, null]);
    await writeMark(fresh);
    expect(await readMark(fresh)).toEqual([42, 42]);
    expect(pidOf(/bin\/postgres -D/, fresh)).toBe(fresh.engine("postgres").pid);
    expect(pidOf(/clickhouse\/keeper\.ts/, fresh)).toBe(fresh.engine("clickhouse").pid);
  });
});

describe("lost and damaged records", () => {
  test.each([
    ["lost", (file: string) => rmSync(file)],
    ["damaged", (file: string) => writeFileSync(file, '{"version":1,"home":')],
  ])("a %s stack.json while engines run: found, started again, same data and passwords", async (_, harm) => {
    const { file } = await project.up();
    await writeMark(project);
    const before = new URL(project.engine("postgres").url).password;
    harm(file);
    expect(await project.states()).toEqual({ clickhouse: "unrecorded", postgres: "unrecorded" });
    const healed = await project.up();
    for (const { state, notes } of healed.engines) {
      expect({ state, notes }).toEqual({
        state: "started",
        notes: ["it ran without a record: stopped, started again"],
      });
    }
    expect(new URL(project.engine("postgres").url).password).toBe(before);
    expect(await readMark(project)).toEqual([42, 42]);
    rmSync(file);
    expect((await project.down()).engines.map(({ state }) => state)).toEqual(["stopped", "stopped"]);
    expect(project.processes()).toEqual([]);
  });

  test("a pid that belongs to another program by now is left alone", async () => {
    const { file } = await project.up({ stores: ["postgres"] });
    const engine = project.engine("postgres");
    await project.down();
    const record = { version: 1, home: engine.dataDir.replace(/\/postgres\/data$/, ""), engines: {} };
    const stranger = { ...engine, pid: process.pid, startTime: "another boot" };
    writeFileSync(file, JSON.stringify({ ...record, engines: { postgres: stranger } }));
    const { uid, gid } = statSync(engine.dataDir);
    const other = spawn("sleep", ["60"], { uid, gid, cwd: "/" });
    writeFileSync(`${engine.dataDir}/postmaster.pid`, `${other.pid}\n${engine.dataDir}\n`);
    expect(await project.states()).toMatchObject({ postgres: "crashed" });
    const { engines } = await project.up({ stores: ["postgres"] });
    expect(engines).toMatchObject([{ state: "started", error: null }]);
    expect(other.exitCode).toBeNull();
    other.kill();
  });

  test("an engine that ends before it answers is a failure with the end of its log; the other one starts", async () => {
    await project.up({ stores: ["postgres"] });
    await project.down();
    const configuration = `${project.engine("postgres").dataDir}/postgresql.conf`;
    const intact = readFileSync(configuration);
    writeFileSync(configuration, "no_such_setting = 1\n");
    const { engines } = await project.up();
    expect(engines).toMatchObject([
      { store: "clickhouse", state: "started" },
      { store: "postgres", state: "unavailable", error: { code: "ENGINE_UNAVAILABLE" } },
    ]);
    expect(engines[1]?.error?.message).toContain('unrecognized configuration parameter "no_such_setting"');
    expect(await project.states()).toEqual({ clickhouse: "up", postgres: "down" });
    writeFileSync(configuration, intact);
  });
});

describe("ports", () => {
  test("a kept port that was taken meanwhile: another one, and it says so", async () => {
    await project.up();
    await writeMark(project);
    const taken = [project.engine("clickhouse").port, project.engine("postgres").port];
    await project.down();
    const thieves = await Promise.all(taken.map((port) => listen(port)));
    const { engines } = await project.up();
    for (const [index, { state, port, notes }] of engines.entries()) {
      expect(state).toBe("started");
      expect(notes).toEqual([`port ${taken[index]} is taken by another program: now on ${port}`]);
    }
    expect(await readMark(project)).toEqual([42, 42]);
    for (const thief of thieves) thief.close();
  });

  test("servers on the standard ports are no obstacle and are not talked to", async () => {
    await project.down();
    const servers: Server[] = [];
    let connections = 0;
    for (const port of [5432, 8123, 9000, 9009]) {
      const server = await listen(port, "0.0.0.0").catch(() => null);
      server?.on("connection", () => connections++);
      if (server !== null) servers.push(server);
    }
    const { engines } = await project.up();
    expect(engines.map(({ state }) => state)).toEqual(["started", "started"]);
    expect(connections).toBe(0);
    for (const server of servers) server.close();
  });
});

describe("addresses that are set", () => {
  test("DATABASE_URL: nothing is started for that store, and nobody connects there", async () => {
    await project.down();
    const server = await listen(0);
    let connections = 0;
    server.on("connection", () => connections++);
    const { port } = server.address() as { port: number };
    const env = { DATABASE_URL: `postgres://prod:secret@127.0.0.1:${port}/prod` };
    const { engines } = await project.up({ env });
    expect(engines).toMatchObject([
      { store: "clickhouse", state: "started" },
      { store: "postgres", state: "external", provider: "DATABASE_URL", url: null, pid: null },
    ]);
    expect(await project.states({ env })).toEqual({ clickhouse: "up", postgres: "external" });
    expect(connections).toBe(0);
    server.close();
  });

  test("an engine that is not to be had: the remedy is named, the other one starts", async () => {
    await project.down();
    const { engines } = await project.up({ env: { DBCTL_STACK_CLICKHOUSE: "system" } });
    expect(engines).toMatchObject([
      { store: "clickhouse", state: "unavailable", error: { code: "ENGINE_UNAVAILABLE" } },
      { store: "postgres", state: "started", error: null },
    ]);
    expect(engines[0]?.error?.hint).toContain("CLICKHOUSE_URL");
    const mistyped = await project.up({ env: { DBCTL_STACK_CLICKHOUSE: "npn" } });
    expect(mistyped.engines).toMatchObject([{ error: { code: "CONFIG_INVALID" } }, { state: "running" }]);
  });
});
