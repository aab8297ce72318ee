import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { run as init } from "../../../src/commands/init.ts";
import { run as status } from "../../../src/commands/migrate-status.ts";
import { run as up } from "../../../src/commands/migrate-up.ts";
import { DbctlError } from "../../../src/errors.ts";
import { type FakeProject, fakeProject, type RunOptions } from "./fake-project.ts";

let project: FakeProject;

beforeEach(async () => {
  project = fakeProject();
  project.write({
    "0001_users/postgres.up.sql": "table users\nput users 1\n",
    "0001_users/postgres.down.sql": "drop users\ndel users\n",
    "0001_users/clickhouse.up.sql": "table events\nput events 1\n",
    "0001_users/clickhouse.down.sql": "drop events\ndel events\n",
  });
  await init(project.context(), { dryRun: false, printSql: false });
});

afterEach(() => project[Symbol.asyncDispose]());

const migrate = (run: RunOptions = {}, options: Partial<Parameters<typeof up>[1]> = {}) =>
  up(project.context(run), { dryRun: false, allowOutOfOrder: false, ...options });

async function failure(promise: Promise<unknown>): Promise<DbctlError> {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error instanceof DbctlError) return error;
  throw new Error("it did not fail with an error of ours", { cause: error });
}

const sumFile = () => join(project.root, "migrations", "dbctl.sum");
const sumPaths = () =>
  readFileSync(sumFile(), "utf8")
    .split("\n")
    .slice(0, -1)
    .map((line) => line.split(" ")[0]);
const tables = (store: "postgres" | "clickhouse") => [
  ...(project.servers[store].namespaces.get("shop")?.tables.keys() ?? []),
];

describe("migrate up", () => {
  it("applies the system of record first, then has nothing to do", async () => {
    const first = await migrate();
    expect(first).toMatchObject({ exitStatus: 0, warnings: [] });
    expect(first.data.applied.map(({ store, statements }) => [store, statements])).toEqual([
      ["postgres", 2],
      ["clickhouse", 2],
    ]);
    const second = await migrate();
    expect(second.data).toMatchObject({ applied: [], chained: [], alreadyApplied: 2 });
  });

  it("is done once by five runs at the same time", async () => {
    const reports = await Promise.all(Array.from({ length: 5 }, () => migrate()));
    expect(reports.map(({ data }) => data.applied.length).sort()).toEqual([0, 0, 0, 0, 2]);
    expect(reports.every(({ exitStatus }) => exitStatus === 0)).toBe(true);
    expect(project.notes.filter((note) => note.includes("waiting"))).toHaveLength(4);
    expect(project.notes[0]).toMatch(/process \d+ on localhost has held it for \d+ s/);
  });

  it("says in a dry run what it would do, and writes nothing", async () => {
    const calls: string[] = [];
    for (const server of Object.values(project.servers)) {
      server.onCall = ({ operation }) => void calls.push(operation);
    }
    const { data } = await migrate({}, { dryRun: true });
    expect(data.planned).toMatchObject([
      { store: "postgres", file: "migrations/0001_users/postgres.up.sql", transaction: true, resumedAt: 0 },
      { store: "clickhouse", statements: [{ line: 1, text: "table events" }, { line: 2 }] },
    ]);
    expect(new Set(calls)).toEqual(new Set(["connect", "migrations.history", "migrations.heads"]));
    expect(existsSync(sumFile())).toBe(false);
  });

  it("wants an init first", async () => {
    await using fresh = fakeProject();
    fresh.write({ "0001_a/postgres.up.sql": "table a", "0001_a/clickhouse.up.sql": "table a" });
    const error = await failure(up(fresh.context(), { dryRun: false, allowOutOfOrder: false }));
    expect(error).toMatchObject({ code: "NOT_INITIALISED", exitStatus: 1 });
    expect(error.message).toContain("postgres and clickhouse");
  });

  it("runs nothing when one script can't be read", async () => {
    project.write({
      "0002_b/clickhouse.up.sql": "tabel x\n",
      "0003_c/postgres.up.sql": "-- nothing\n",
      "0004_d/postgres.up.sql": "table d\n",
      "0004_d/postgres.down.sql": "dorp d\n",
    });
    const error = await failure(migrate());
    expect(error).toMatchObject({ code: "MIGRATION_INVALID", exitStatus: 2 });
    expect(error.message.split("\n").slice(1)).toEqual([
      "  migrations/0002_b/clickhouse.up.sql:1:1 no such statement: tabel x",
      "  migrations/0003_c/postgres.up.sql holds no statement: delete it, or say what it does",
      "  migrations/0004_d/postgres.down.sql:1:1 no such statement: dorp d",
    ]);
    expect(tables("postgres")).toEqual([]);
  });

  it("shows where it failed, what is applied and what is not", async () => {
    project.write({
      "0001_users/clickhouse.up.sql": "table events\n  fail no such column\n",
      "0002_b/postgres.up.sql": "table b\n",
    });
    const error = await failure(migrate());
    expect(error.message.split("\n")).toEqual([
      "clickhouse: migrations/0001_users/clickhouse.up.sql:2:3 no such column",
      "  2 |   fail no such column",
      "    |   ^",
      "  0001_users clickhouse: 1 of 2 statements took effect",
      "  applied in this run: 0001_users postgres",
      "  not applied: 0002_b postgres",
    ]);
    expect(error).toMatchObject({
      code: "MIGRATION_FAILED",
      store: "clickhouse",
      data: { line: 2, column: 3, applied: 1, total: 2, done: ["0001_users postgres"] },
    });
    expect(error.hint).toContain("correct migrations/0001_users/clickhouse.up.sql");
  });

  it("goes on in the corrected file, but not when what ran was changed", async () => {
    project.write({ "0001_users/clickhouse.up.sql": "table events\nfail\n" });
    await failure(migrate());
    expect((await status(project.context(), {})).exitStatus).toBe(5);
    project.write({ "0001_users/clickhouse.up.sql": "table event\ntable more\n" });
    const refused = await failure(migrate());
    expect(refused).toMatchObject({ code: "CHECKSUM_MISMATCH", exitStatus: 5 });
    expect(refused.message).toContain("clickhouse.up.sql:1 statement 1 was edited");
    project.write({ "0001_users/clickhouse.up.sql": "table events\ntable more\ntable most\n" });
    expect((await migrate()).data.applied).toMatchObject([{ resumedAt: 1, statements: 3 }]);
    expect(tables("clickhouse")).toEqual(["events", "more", "most"]);
    expect((await status(project.context(), {})).exitStatus).toBe(0);
  });

  it("takes a step that failed at its first statement for pending, with or without its file", async () => {
    project.write({ "0002_b/clickhouse.up.sql": "fail no\n" });
    await failure(migrate());
    expect(await status(project.context(), {})).toMatchObject({ exitStatus: 0, data: { pending: 1 } });
    const failed = (await status(project.context(), {})).data.steps.at(-1);
    expect(failed).toMatchObject({ state: "pending", error: "no" });
    project.write({ "0002_b": null });
    expect(await migrate()).toMatchObject({ exitStatus: 0, data: { applied: [] } });
    expect((await status(project.context(), {})).data.steps).toHaveLength(2);
    project.write({ "0002_c/clickhouse.up.sql": "table c\n" });
    expect((await migrate()).data.applied).toMatchObject([{ name: "c", resumedAt: 0 }]);
  });

  it("refuses an edited applied file, and status does, too", async () => {
    await migrate();
    project.write({ "0001_users/postgres.up.sql": "table users\nput users 2\n" });
    for (const dryRun of [false, true]) {
      expect(await failure(migrate({}, { dryRun }))).toMatchObject({
        code: "CHECKSUM_MISMATCH",
        exitStatus: 5,
      });
    }
    const report = await status(project.context(), {});
    expect(report.exitStatus).toBe(5);
    expect(report.data.problems[0]?.message).toContain("0001_users/postgres.up.sql was edited");
    rmSync(sumFile());
    expect(await failure(migrate())).toMatchObject({ code: "CHECKSUM_MISMATCH" });
  });

  it("lists files out of order and applies them when told to", async () => {
    project.write({ "0003_c/postgres.up.sql": "table c\n" });
    await migrate();
    project.write({ "0002_b/postgres.up.sql": "table b\n", "0002_b/clickhouse.up.sql": "table b\n" });
    const error = await failure(migrate());
    expect(error).toMatchObject({ code: "OUT_OF_ORDER", exitStatus: 5 });
    expect(error.message).toContain("migrations/0002_b/postgres.up.sql");
    expect(error.message).toContain("migrations/0002_b/clickhouse.up.sql");
    expect((await status(project.context(), {})).exitStatus).toBe(5);
    expect((await migrate({}, { allowOutOfOrder: true })).data.applied).toHaveLength(2);
    expect((await status(project.context(), {})).exitStatus).toBe(0);
    expect(sumPaths()).toContain("0002_b/postgres.up.sql");
    expect((await migrate()).data).toMatchObject({ applied: [], chained: [] });
  });

  it("takes a lost history for drift", async () => {
    await migrate();
    const namespace = project.servers.clickhouse.namespaces.get("shop");
    if (namespace !== undefined) namespace.history = null;
    const prepare = () => init(project.context(), { dryRun: false, printSql: false });
    for (const attempt of [migrate, prepare]) {
      const error = await failure(attempt());
      expect(error).toMatchObject({ code: "HISTORY_MISSING", exitStatus: 5, store: "clickhouse" });
    }
    expect(await status(project.context(), {})).toMatchObject({
      exitStatus: 5,
      data: { problems: [{ code: "HISTORY_MISSING", store: "clickhouse" }] },
    });
    expect(namespace?.history).toBeNull();
  });
});

describe("the chain of files", () => {
  it("grows with what is applied", async () => {
    expect((await migrate()).data.chained).toEqual([
      "0001_users/postgres.up.sql",
      "0001_users/postgres.down.sql",
      "0001_users/clickhouse.up.sql",
      "0001_users/clickhouse.down.sql",
    ]);
    project.write({ "0002_b/postgres.up.sql": "table b\n" });
    expect((await migrate()).data.chained).toEqual(["0002_b/postgres.up.sql"]);
    expect(sumPaths()).toHaveLength(5);
  });

  it("does not take in a file that failed", async () => {
    project.write({ "0002_b/postgres.up.sql": "fail\n" });
    await failure(migrate());
    project.write({ "0002_b/postgres.up.sql": "table b\n" });
    await migrate();
    expect(sumPaths()).toHaveLength(5);
  });

  it("catches an edited file on an empty database", async () => {
    await migrate();
    await using elsewhere = fakeProject();
    elsewhere.write({
      "0001_users/postgres.up.sql": "table users\n",
      "dbctl.sum": readFileSync(sumFile(), "utf8"),
      "0001_users/postgres.down.sql": "drop users\ndel users\n",
      "0001_users/clickhouse.up.sql": "table events\nput events 1\n",
      "0001_users/clickhouse.down.sql": "drop events\ndel events\n",
    });
    await init(elsewhere.context(), { dryRun: false, printSql: false });
    const error = await failure(up(elsewhere.context(), { dryRun: false, allowOutOfOrder: false }));
    expect(error).toMatchObject({ code: "CHECKSUM_MISMATCH", exitStatus: 5 });
    expect(error.hint).toContain(
      "delete the lines of migrations/dbctl.sum from 0001_users/postgres.up.sql on",
    );
  });

  it("must hold every file where it may not grow", async () => {
    const production = { environment: "production" } as const;
    expect((await migrate(production)).warnings).toMatchObject([{ code: "CHAIN_BROKEN" }]);
    expect(existsSync(sumFile())).toBe(false);
    await migrate();
    project.write({ "0002_b/postgres.up.sql": "table b\n" });
    expect(await failure(migrate(production))).toMatchObject({ code: "CHAIN_BROKEN", exitStatus: 5 });
    await migrate();
    expect(await migrate(production)).toMatchObject({ exitStatus: 0, warnings: [] });
  });

  it("is no reason to fail where it can't be written", async () => {
    mkdirSync(join(project.root, "migrations", `.dbctl.sum.${process.pid}`));
    expect(await migrate()).toMatchObject({ exitStatus: 0, warnings: [{ code: "CHAIN_BROKEN" }] });
  });
});

describe("the lock", () => {
  it("is waited for no longer than asked", async () => {
    const held = await project.context().stores.get("postgres");
    await held.withLock?.("migrate", { waitMs: 0, signal: new AbortController().signal }, async () => {
      for (const run of [{}, { skip: ["postgres"] } as const]) {
        const error = await failure(migrate(run, { lockWaitMs: 20 }));
        expect(error).toMatchObject({ code: "LOCK_HELD", exitStatus: 7 });
      }
    });
    expect((await migrate()).data.applied).toHaveLength(2);
  });

  it.each(["migrations.statement", "migrations.recordHead"])(
    "stops the run when it is lost at %s",
    async (at) => {
      const { postgres } = project.servers;
      postgres.onCall = ({ operation }) => {
        if (operation !== at) return;
        for (const { owner } of [...postgres.locks.values()]) postgres.cut(owner);
      };
      const error = await failure(migrate());
      expect(error.code).toBe("LOCK_LOST");
      expect(tables("clickhouse")).toEqual([]);
      postgres.onCall = null;
      expect((await migrate()).exitStatus).toBe(0);
      expect((await status(project.context(), {})).data).toMatchObject({ applied: 2, pending: 0 });
    },
  );

  it("lies in the same store whatever a run leaves out", async () => {
    await migrate({ skip: ["postgres"] });
    expect(tables("clickhouse")).toEqual(["events"]);
    project.write({ "0002_b/clickhouse.up.sql": "table b\n" });
    project.servers.postgres.mode = "down";
    expect(await failure(migrate({ skip: ["postgres"] }))).toMatchObject({
      exitStatus: 3,
      store: "postgres",
    });
  });

  it("is missed aloud where no store can hold one", async () => {
    const report = await migrate({ lockless: true });
    expect(report.data.applied).toHaveLength(2);
    expect(report.warnings).toMatchObject([{ code: "LOCK_HELD" }]);
  });
});

describe("stores that are not there", () => {
  it("are named when they were left out, and come later without being out of order", async () => {
    const partial = await migrate({ skip: ["clickhouse"] });
    expect(partial).toMatchObject({ exitStatus: 0, warnings: [{ store: "clickhouse" }] });
    project.write({ "0002_b/postgres.up.sql": "table b\n" });
    await migrate({ skip: ["clickhouse"] });
    expect(existsSync(sumFile())).toBe(true);
    expect(sumPaths()).toEqual(["0002_b/postgres.up.sql"]);
    expect((await migrate()).data.applied).toMatchObject([{ version: "0001", store: "clickhouse" }]);
    expect(sumPaths()).toHaveLength(5);
  });

  it("make the run inconclusive when they are optional and down", async () => {
    project.servers.clickhouse.mode = "down";
    const report = await migrate({ optional: ["clickhouse"] });
    expect(report).toMatchObject({ exitStatus: 10, warnings: [{ store: "clickhouse" }] });
    expect(report.data.applied).toHaveLength(1);
    expect((await status(project.context({ optional: ["clickhouse"] }), {})).exitStatus).toBe(10);
  });

  it("end the run when they are required", async () => {
    project.servers.clickhouse.mode = "down";
    expect(await failure(migrate())).toMatchObject({ exitStatus: 3, store: "clickhouse" });
    expect(tables("postgres")).toEqual([]);
  });

  it("are not taken for pending when the project does not have them", async () => {
    project.write({ "0001_users/redis.up.redis": "SET a 1\n" });
    const report = await migrate();
    expect(report.warnings).toMatchObject([{ code: "STORE_NOT_CONFIGURED", store: "redis" }]);
    expect(sumPaths()).toContain("0001_users/redis.up.redis");
  });
});
