import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { run as init } from "../../../src/commands/init.ts";
import { run as migrateStatus } from "../../../src/commands/migrate-status.ts";
import { run as up } from "../../../src/commands/migrate-up.ts";
import { hasEngine } from "../../support/engines.ts";
import { type EngineProject, engineProject } from "../migrate/project.ts";

const hasBoth = hasEngine("postgres") && hasEngine("clickhouse");

describe.skipIf(!hasBoth)("init of real engines", () => {
  let project: EngineProject;

  beforeEach(() => {
    project = engineProject("init");
    project.write({ "0001_a/postgres.up.sql": "CREATE TABLE a (id int);\n" });
  });

  afterEach(() => project[Symbol.asyncDispose]());

  const prepare = (dryRun = false) => project.call(init, { dryRun, printSql: false });
  const databases = async () => [
    ...(await project.clickhouse("SHOW DATABASES").catch(() => [])).filter(
      (name) => name === project.namespace,
    ),
  ];

  it("creates namespace and history once, however often it is asked", async () => {
    expect((await prepare(true)).data.stores).toMatchObject([
      { store: "postgres", namespaceState: "would be created", history: "would be created" },
      { store: "clickhouse", namespaceState: "would be created", history: "would be created" },
    ]);
    expect(await databases()).toEqual([]);
    const states = async () =>
      (await prepare()).data.stores.map(({ namespaceState, history }) => [namespaceState, history]);
    expect(await states()).toEqual(Array.from({ length: 2 }, () => ["created", "created"]));
    expect(await states()).toEqual(Array.from({ length: 2 }, () => ["exists", "exists"]));
  });

  it("survives being run by four at once", async () => {
    const runs = await Promise.all(Array.from({ length: 4 }, () => prepare()));
    expect(runs.every(({ exitStatus }) => exitStatus === 0)).toBe(true);
    await project.call(up, { dryRun: false, allowOutOfOrder: false });
  });

  it("is what migrate asks for", async () => {
    const attempt = project.call(up, { dryRun: false, allowOutOfOrder: false });
    await expect(attempt).rejects.toMatchObject({ code: "NOT_INITIALISED", hint: "run dbctl init" });
    expect(await project.call(migrateStatus, {})).toMatchObject({
      exitStatus: 0,
      data: { uninitialised: ["postgres", "clickhouse"], pending: 1 },
    });
  });

  it("prints the statements that somebody else may run instead", async () => {
    const { data } = await project.call(init, { dryRun: false, printSql: true });
    expect(await databases()).toEqual([]);
    expect(data.statements.map(({ store }) => store)).toEqual(["postgres", "clickhouse"]);
    for (const { statements } of data.statements) {
      expect(statements[0]).toContain("CREATE DATABASE");
      expect(statements.join("\n")).toContain("_migration_history");
    }
    const [, clickhouse] = data.statements;
    const [create = "", ...rest] = clickhouse?.statements ?? [];
    await project.call(init, { dryRun: false, printSql: false }, { skip: ["clickhouse"] });
    await createBefore(create);
    for (const statement of rest) await project.clickhouse(statement);
    expect((await prepare()).data.stores[1]).toMatchObject({ namespaceState: "exists", history: "exists" });
  });

  /** The database has to be there before a query can name it. */
  async function createBefore(statement: string): Promise<void> {
    const outside = engineProject("outside", { stores: ["clickhouse"] });
    await outside.call(init, { dryRun: false, printSql: false });
    await outside.clickhouse(statement);
    await outside[Symbol.asyncDispose]();
  }
});
