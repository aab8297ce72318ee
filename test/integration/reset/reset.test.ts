import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { run as init } from "../../../src/commands/init.ts";
import { run as migrateStatus } from "../../../src/commands/migrate-status.ts";
import { run as up } from "../../../src/commands/migrate-up.ts";
import { run as reset } from "../../../src/commands/reset.ts";
import { hasEngine } from "../../support/engines.ts";
import { type EngineProject, engineProject } from "../migrate/project.ts";

const hasBoth = hasEngine("postgres") && hasEngine("clickhouse");

describe.skipIf(!hasBoth)("reset of real engines", () => {
  let project: EngineProject;

  beforeEach(async () => {
    const place = (store: string) => ({ ref: { store, name: "users" }, options: {} });
    project = engineProject("reset", {
      entities: [
        {
          name: "users",
          key: ["id"],
          fields: { id: { kind: "int" } },
          source: place("postgres"),
          copies: [place("clickhouse")],
        },
      ],
    });
    project.write({
      "0001_users/postgres.up.sql":
        "CREATE TYPE mood AS ENUM ('sad', 'ok');\nCREATE TABLE users (id bigint PRIMARY KEY, mood mood);\nINSERT INTO users VALUES (1, 'ok');\n",
      "0001_users/postgres.down.sql": "DROP TABLE users;\nDROP TYPE mood;\n",
      "0001_users/clickhouse.up.sql": "CREATE TABLE users (id Int64) ENGINE = MergeTree ORDER BY id;\n",
    });
    await prepare();
    await migrate();
  });

  afterEach(() => project[Symbol.asyncDispose]());

  const prepare = () => project.call(init, { dryRun: false, printSql: false });
  const migrate = () => project.call(up, { dryRun: false, allowOutOfOrder: false });
  const drop = (confirm = "shop", dryRun = false) => project.call(reset, { confirm, dryRun });

  it("leaves nothing of ours, after which everything works again", async () => {
    expect((await drop("", true)).data.stores).toMatchObject([
      { store: "postgres", undone: ["0001_users"], dropped: ["users"], kept: [] },
      { store: "clickhouse", undone: [], dropped: ["users"], kept: [] },
    ]);
    expect(await project.postgres("SELECT id FROM users")).toHaveLength(1);
    const { data, warnings } = await drop();
    expect(data.stores).toMatchObject([
      { store: "postgres", undone: ["0001_users"], dropped: [], namespaceDropped: true },
      { store: "clickhouse", dropped: ["users"], namespaceDropped: true },
    ]);
    expect(warnings).toMatchObject([{ store: "clickhouse" }]);
    await expect(project.postgres("SELECT 1")).rejects.toThrow("does not exist");
    await prepare();
    expect((await migrate()).data.applied).toHaveLength(2);
    expect((await project.call(migrateStatus, {})).exitStatus).toBe(0);
  });

  it("leaves foreign tables where they are, and names them", async () => {
    await project.postgres("CREATE TABLE foreign_one (id int)");
    await project.clickhouse("CREATE TABLE foreign_two (id Int64) ENGINE = MergeTree ORDER BY id");
    const { data } = await drop();
    expect(data.stores).toMatchObject([
      { kept: ["foreign_one"], namespaceDropped: false },
      { kept: ["foreign_two"], namespaceDropped: false },
    ]);
    expect(await project.postgres("SELECT count(*)::int AS n FROM foreign_one")).toEqual([{ n: 0 }]);
    expect(await project.clickhouse("SHOW TABLES")).toEqual(["foreign_two"]);
  });

  it("wants the project's name, and refuses in production", async () => {
    await expect(drop("other")).rejects.toMatchObject({ code: "CONFIRMATION_REQUIRED", exitStatus: 4 });
    expect(project.notes.some((note) => note.includes(project.namespace) && note.includes("1 row"))).toBe(
      true,
    );
    const attempt = project.call(reset, { confirm: "shop", dryRun: false }, { flags: { env: "production" } });
    await expect(attempt).rejects.toMatchObject({ exitStatus: expect.toBeOneOf([2, 4]) });
    expect(await project.postgres("SELECT id FROM users")).toHaveLength(1);
  });

  it("is a way out of a history that was lost", async () => {
    await project.clickhouse("DROP TABLE _migration_history SYNC");
    await project.postgres("DROP TABLE _migration_history");
    const { data, warnings } = await drop();
    expect(data.stores).toMatchObject([
      { undone: [], dropped: ["users"], namespaceDropped: false },
      { undone: [], dropped: ["users"], namespaceDropped: true },
    ]);
    // Nobody knows any more what made the type.
    expect(warnings).toMatchObject([{ code: "TARGET_NOT_EMPTY", store: "postgres" }]);
    await project.postgres("DROP TYPE mood");
    await prepare();
    expect((await migrate()).data.applied).toHaveLength(2);
  });

  it("is a way out of a database that somebody dropped", async () => {
    await project.clickhouse(`DROP DATABASE ${project.namespace} SYNC`);
    await drop();
    await prepare();
    expect((await migrate()).data.applied).toHaveLength(2);
  });
});
