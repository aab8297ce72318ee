import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { run as init } from "../../../src/commands/init.ts";
import { run as down } from "../../../src/commands/migrate-down.ts";
import { run as migrateStatus } from "../../../src/commands/migrate-status.ts";
import { run as up } from "../../../src/commands/migrate-up.ts";
import { run as reset } from "../../../src/commands/reset.ts";
import { hasEngine } from "../../support/engines.ts";
import { type EngineProject, engineProject } from "./project.ts";

/** A layer whose only store holds its own heads and can hold no lock. */
describe.skipIf(!hasEngine("clickhouse"))("a layer of ClickHouse alone", () => {
  let project: EngineProject;

  beforeEach(async () => {
    project = engineProject("ch_only", { stores: ["clickhouse"] });
    project.write({
      "0001_events/clickhouse.up.sql":
        "CREATE TABLE events (id UInt64) ENGINE = MergeTree ORDER BY id;\nINSERT INTO events SELECT number FROM numbers(10);\n",
      "0001_events/clickhouse.down.sql": "DROP TABLE events SYNC;\n",
    });
    await project.call(init, { dryRun: false, printSql: false });
  });

  afterEach(() => project[Symbol.asyncDispose]());

  const migrate = () => project.call(up, { dryRun: false, allowOutOfOrder: false });

  it("goes up, down, up and away", async () => {
    const report = await migrate();
    expect(report.data.applied).toMatchObject([{ statements: 2, resumedAt: 0 }]);
    expect(report.warnings).toMatchObject([{ code: "LOCK_HELD" }]);
    expect(await project.clickhouse("SELECT count() FROM events")).toEqual(["10"]);
    const status = await project.call(migrateStatus, {});
    expect(status).toMatchObject({
      exitStatus: 0,
      data: { applied: 1, heads: [{ store: "clickhouse", revisions: 1 }] },
    });
    await project.call(down, { steps: 1, dryRun: false });
    expect(await project.clickhouse("SHOW TABLES NOT LIKE '\\_%'")).toEqual([]);
    await migrate();
    const { data } = await project.call(reset, { confirm: "shop", dryRun: false });
    expect(data.stores).toMatchObject([{ undone: ["0001_events"], namespaceDropped: true }]);
    await project.call(init, { dryRun: false, printSql: false });
    expect((await migrate()).data.applied).toHaveLength(1);
  });

  it("stays where a statement failed, and goes on there", async () => {
    project.write({
      "0002_more/clickhouse.up.sql":
        "CREATE TABLE more (id UInt64) ENGINE = MergeTree ORDER BY id;\n\n  SELECT nothing\n  FROM more;\nDROP TABLE more SYNC;\n",
    });
    await expect(migrate()).rejects.toMatchObject({
      code: "MIGRATION_FAILED",
      data: { file: "migrations/0002_more/clickhouse.up.sql", line: 3, applied: 1, total: 3 },
    });
    expect((await project.call(migrateStatus, {})).data.steps[1]).toMatchObject({
      state: "half applied",
      statementsApplied: 1,
    });
    project.write({
      "0002_more/clickhouse.up.sql":
        "CREATE TABLE more (id UInt64) ENGINE = MergeTree ORDER BY id;\nINSERT INTO more VALUES (1), (2);\n",
    });
    expect((await migrate()).data.applied).toMatchObject([{ version: "0002", resumedAt: 1, statements: 2 }]);
    expect(await project.clickhouse("SELECT count() FROM more")).toEqual(["2"]);
  });
});
