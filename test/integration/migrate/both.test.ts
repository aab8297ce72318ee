import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { run as init } from "../../../src/commands/init.ts";
import { run as down } from "../../../src/commands/migrate-down.ts";
import { run as migrateStatus } from "../../../src/commands/migrate-status.ts";
import { run as up } from "../../../src/commands/migrate-up.ts";
import { DbctlError } from "../../../src/errors.ts";
import { hasEngine } from "../../support/engines.ts";
import { type EngineProject, engineProject } from "./project.ts";

const hasBoth = hasEngine("postgres") && hasEngine("clickhouse");

describe.skipIf(!hasBoth)("migrations of PostgreSQL and ClickHouse", () => {
  let project: EngineProject;

  beforeEach(async () => {
    project = engineProject("both");
    project.write({
      "0001_users/postgres.up.sql":
        "CREATE TABLE users (id int PRIMARY KEY);\nINSERT INTO users VALUES (1), (2);\n",
      "0001_users/postgres.down.sql": "DROP TABLE users;\n",
      "0001_users/clickhouse.up.sql": "CREATE TABLE users (id Int32) ENGINE = MergeTree ORDER BY id;\n",
      "0001_users/clickhouse.down.sql": "DROP TABLE users SYNC;\n",
    });
    await project.call(init, { dryRun: false, printSql: false });
  });

  afterEach(() => project[Symbol.asyncDispose]());

  const migrate = (allowOutOfOrder = false) => project.call(up, { dryRun: false, allowOutOfOrder });
  const status = () => project.call(migrateStatus, {});
  const undo = (steps = 1) => project.call(down, { steps, dryRun: false });
  const failure = async (attempt: Promise<unknown>) => {
    const error = await attempt.catch((thrown: unknown) => thrown);
    if (error instanceof DbctlError) return error;
    throw new Error("it did not fail with an error of ours", { cause: error });
  };
  const tables = async () =>
    (
      await project.postgres(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace",
      )
    )
      .map(({ relname }) => String(relname))
      .filter((name) => !name.startsWith("_"))
      .sort();

  it("go up, down and up again under one history", async () => {
    expect((await migrate()).data.applied.map(({ store }) => store)).toEqual(["postgres", "clickhouse"]);
    const { data, exitStatus } = await status();
    expect(exitStatus).toBe(0);
    expect(data).toMatchObject({
      applied: 2,
      pending: 0,
      heads: [
        { store: "clickhouse", version: "0001", revisions: 1 },
        { store: "postgres", version: "0001", revisions: 1 },
      ],
    });
    const sum = readFileSync(join(project.root, "migrations", "dbctl.sum"), "utf8");
    const [row] = await project.postgres("SELECT * FROM _migration_history");
    expect(sum).toContain(String(row?.checksum));
    expect((await undo()).data.undone.map(({ store }) => store)).toEqual(["clickhouse", "postgres"]);
    expect(await tables()).toEqual([]);
    expect((await migrate()).data.applied).toHaveLength(2);
    expect(await project.postgres("SELECT count(*)::int AS rows FROM users")).toEqual([{ rows: 2 }]);
  });

  it("leave PostgreSQL untouched when a statement of a transaction fails", async () => {
    project.write({
      "0002_b/postgres.up.sql":
        "CREATE TABLE b (id int);\nINSERT INTO users VALUES (3);\nINSERT INTO users VALUES (1);\n",
    });
    const error = await failure(migrate());
    expect(error).toMatchObject({
      code: "MIGRATION_FAILED",
      exitStatus: 1,
      store: "postgres",
      data: { file: "migrations/0002_b/postgres.up.sql", line: 3, total: 3 },
    });
    expect(error.message).toContain("duplicate key");
    expect(error.message).toContain("  3 | INSERT INTO users VALUES (1);");
    expect(error.message).toContain("applied in this run: 0001_users postgres, 0001_users clickhouse");
    expect(await tables()).toEqual(["users"]);
    expect(await project.postgres("SELECT count(*)::int AS rows FROM users")).toEqual([{ rows: 2 }]);
    expect(await status()).toMatchObject({ exitStatus: 0, data: { pending: 1, problems: [] } });
    project.write({ "0002_b/postgres.up.sql": "CREATE TABLE b (id int);\n" });
    expect((await migrate()).data.applied).toMatchObject([{ version: "0002", resumedAt: 0 }]);
  });

  it("go on behind the statements that ran without a transaction", async () => {
    project.write({
      "0002_b/postgres.up.sql":
        "-- dbctl: no-transaction\nCREATE TABLE b (id int);\nCREATE INDEX CONCURRENTLY b_id ON b (id);\nSELECT 1 / 0;\n",
      "0002_b/postgres.down.sql": "DROP TABLE b;\n",
    });
    const error = await failure(migrate());
    expect(error).toMatchObject({ code: "MIGRATION_FAILED", data: { line: 4, applied: 2, total: 3 } });
    expect(await tables()).toEqual(["b", "users"]);
    expect((await status()).exitStatus).toBe(5);
    expect(await failure(undo())).toMatchObject({ hint: "finish it: dbctl migrate up" });
    project.write({
      "0002_b/postgres.up.sql":
        "-- dbctl: no-transaction\nCREATE TABLE b (id bigint);\nCREATE INDEX CONCURRENTLY b_id ON b (id);\n",
    });
    expect(await failure(migrate())).toMatchObject({ code: "CHECKSUM_MISMATCH", exitStatus: 5 });
    project.write({
      "0002_b/postgres.up.sql":
        "-- dbctl: no-transaction\nCREATE TABLE b (id int);\nCREATE INDEX CONCURRENTLY b_id ON b (id);\nINSERT INTO b VALUES (1);\n",
    });
    expect((await migrate()).data.applied).toMatchObject([{ resumedAt: 2, statements: 3 }]);
    expect((await status()).exitStatus).toBe(0);
    await undo();
    expect(await tables()).toEqual(["users"]);
  });

  it.each([
    ["clickhouse", "DROP TABLE _migration_history SYNC", "HISTORY_MISSING"],
    ["clickhouse", "TRUNCATE TABLE _migration_history", "HISTORY_MISSING"],
    ["postgres", "DROP TABLE _migration_history", "HISTORY_MISSING"],
    ["postgres", "DELETE FROM _migration_history", "HISTORY_MISSING"],
  ] as const)("call it drift when %s loses its history by %s", async (store, sql, code) => {
    await migrate();
    await project[store](sql);
    const prepare = () => project.call(init, { dryRun: false, printSql: false });
    for (const attempt of [migrate, undo, prepare]) {
      expect(await failure(attempt())).toMatchObject({ code, exitStatus: 5, store });
    }
    const report = await status();
    expect(report).toMatchObject({ exitStatus: 5, data: { problems: [{ code, store }] } });
    expect(report.data.problems[0]?.message).toContain("1 applied step up to 0001");
  });

  it("call it drift when the system of record is another database", async () => {
    await migrate();
    await project.postgres("DROP TABLE _migration_history; DROP TABLE IF EXISTS _dbctl_heads");
    expect(await failure(migrate())).toMatchObject({ code: "HISTORY_MISSING", store: "postgres" });
  });

  it("heal a head that a crash left behind", async () => {
    await migrate();
    const heads = (await status()).data.heads;
    await project.postgres("DELETE FROM _dbctl_heads");
    expect((await status()).exitStatus).toBe(0);
    expect((await migrate()).data.applied).toEqual([]);
    expect((await status()).data.heads).toEqual(heads);
  });

  it("find an edited file and one out of order", async () => {
    project.write({ "0003_c/postgres.up.sql": "CREATE TABLE c (id int);\n" });
    await migrate();
    project.write({ "0002_b/postgres.up.sql": "CREATE TABLE b (id int);\n" });
    expect(await failure(migrate())).toMatchObject({ code: "OUT_OF_ORDER", exitStatus: 5 });
    expect((await migrate(true)).data.applied).toMatchObject([{ version: "0002" }]);
    project.write({ "0003_c/postgres.up.sql": "CREATE TABLE c (id bigint);\n" });
    expect(await failure(migrate())).toMatchObject({ code: "CHECKSUM_MISMATCH", exitStatus: 5 });
    expect((await status()).exitStatus).toBe(5);
  });

  it("stop at once when they are interrupted, and go on later", async () => {
    project.write({
      "0002_b/clickhouse.up.sql":
        "CREATE TABLE b (id Int32) ENGINE = MergeTree ORDER BY id;\nSELECT sleep(3);\nSELECT 2;\n",
    });
    const interruption = new AbortController();
    setTimeout(() => interruption.abort(new DbctlError("CANCELLED", "interrupted")), 1_500);
    const startedMs = performance.now();
    const attempt = project.call(
      up,
      { dryRun: false, allowOutOfOrder: false },
      { signal: interruption.signal },
    );
    expect(await failure(attempt)).toMatchObject({ code: "CANCELLED", exitStatus: 130 });
    expect(performance.now() - startedMs).toBeLessThan(3_000);
    expect((await migrate()).data.applied).toMatchObject([{ version: "0002" }]);
    expect((await status()).exitStatus).toBe(0);
  });

  it("stop before the next statement when their lock is lost", async () => {
    project.write({
      "0002_b/clickhouse.up.sql":
        "CREATE TABLE b (id Int32) ENGINE = MergeTree ORDER BY id;\nSELECT sleep(3);\nDROP TABLE b SYNC;\n",
    });
    const attempt = failure(migrate());
    await until(async () => (await project.clickhouse("SHOW TABLES LIKE 'b'")).length > 0);
    const terminated = await project.postgres(
      "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
    );
    expect(terminated.length).toBeGreaterThan(0);
    expect(await attempt).toMatchObject({ code: "LOCK_LOST", exitStatus: 1 });
    expect(await project.clickhouse("SHOW TABLES LIKE 'b'")).toEqual(["b"]);
    expect((await migrate()).data.applied).toMatchObject([{ version: "0002", store: "clickhouse" }]);
    expect(await project.clickhouse("SHOW TABLES LIKE 'b'")).toEqual([]);
  });

  it("leave nothing behind in a dry run", async () => {
    const report = await project.call(up, { dryRun: true, allowOutOfOrder: false });
    expect(report.data.planned).toMatchObject([
      {
        store: "postgres",
        statements: [{ line: 1 }, { line: 2, text: "INSERT INTO users VALUES (1), (2)" }],
      },
      { store: "clickhouse" },
    ]);
    expect(await tables()).toEqual([]);
    expect((await status()).data).toMatchObject({ applied: 0, heads: [] });
  });
});

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + 20_000;
  while (!(await isSo())) {
    if (performance.now() > deadlineMs) throw new Error("it did not come to that");
    await delay(20);
  }
}
