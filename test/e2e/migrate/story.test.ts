import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { engineUrl, hasEngine } from "../../support/engines.ts";
import { dbctl, type Ended } from "../cli/dbctl.ts";
import { createProject, type Project } from "../cli/project.ts";

const hasBoth = hasEngine("postgres") && hasEngine("clickhouse");

/** One life of a layer, as somebody types it; each test goes on where the one before it ended. */
describe.skipIf(!hasBoth)("a layer's life on the command line", () => {
  let project: Project;
  const run = (...args: string[]): Promise<Ended> => dbctl(args, { cwd: project.folder });
  const json = async (...args: string[]) => {
    const { status, stdout } = await run(...args, "--json");
    const document = JSON.parse(stdout);
    expect(document.exitCode).toBe(status);
    return document;
  };

  /** On a machine that is busy with other tests `status` may find a healthy store late: then it is asked again. */
  const inPeace = async (...args: string[]): Promise<Ended> => {
    let ended = await run(...args);
    for (let attempt = 0; attempt < 8 && /STORE_TIMEOUT|INCONCLUSIVE/.test(ended.stdout); attempt++) {
      ended = await run(...args);
    }
    return ended;
  };

  beforeAll(() => {
    project = createProject("story", {
      stores: { postgres: { url: engineUrl("postgres") }, clickhouse: { url: engineUrl("clickhouse") } },
    });
  });

  afterAll(async () => {
    await run("reset", "--confirm=shop");
    project.remove();
  });

  it("begins with files", async () => {
    const { status, stdout } = await run("migrate", "create", "add orders");
    expect(status).toBe(0);
    expect(stdout.trim().split("\n")).toEqual(
      ["postgres.up", "postgres.down", "clickhouse.up", "clickhouse.down"].map(
        (file) => `migrations/0001_add_orders/${file}.sql`,
      ),
    );
    project.write(
      "migrations/0001_add_orders/postgres.up.sql",
      "CREATE TABLE orders (id bigint PRIMARY KEY);\n",
    );
    project.write("migrations/0001_add_orders/postgres.down.sql", "DROP TABLE orders;\n");
    project.write(
      "migrations/0001_add_orders/clickhouse.up.sql",
      "CREATE TABLE orders (id Int64) ENGINE = MergeTree ORDER BY id;\nINSERT INTO orders VALUES (1);\n",
    );
    project.write("migrations/0001_add_orders/clickhouse.down.sql", "DROP TABLE orders SYNC;\n");
  });

  it("is told to init first, and where the history is missing", async () => {
    const { status, stderr } = await run("migrate", "up");
    expect(status).toBe(1);
    expect(stderr).toContain("postgres and clickhouse have no migration history yet");
    expect(stderr).toContain("fix: run dbctl init");
    expect((await run("init", "--print-sql")).stdout).toMatch(/^CREATE DATABASE /m);
    expect((await run("init")).status).toBe(0);
  });

  it("shows the statements before it runs them", async () => {
    const { status, stdout } = await run("migrate", "up", "--dry-run");
    expect(status).toBe(0);
    expect(stdout).toBe(
      [
        "-- 0001_add_orders, postgres: migrations/0001_add_orders/postgres.up.sql",
        "CREATE TABLE orders (id bigint PRIMARY KEY);",
        "",
        "-- 0001_add_orders, clickhouse: migrations/0001_add_orders/clickhouse.up.sql",
        "CREATE TABLE orders (id Int64) ENGINE = MergeTree ORDER BY id;",
        "INSERT INTO orders VALUES (1);",
        "",
      ].join("\n"),
    );
    expect((await json("migrate", "status")).data).toMatchObject({ applied: 0, pending: 2 });
  });

  it("applies, commits to the chain, and has nothing more to do", async () => {
    const first = await run("migrate", "up");
    expect(first.status).toBe(0);
    expect(first.stdout).toMatch(/0001_add_orders\s+postgres\s+1\s.*\n.*0001_add_orders\s+clickhouse\s+2\s/);
    expect(first.stdout).toContain("2 steps applied");
    expect(first.stdout).toContain("4 files added to dbctl.sum");
    expect(`${first.stdout}${first.stderr}`).not.toContain("\u001b");
    expect(project.read("migrations/dbctl.sum").split("\n")).toHaveLength(5);
    expect((await run("migrate", "up")).stdout).toContain("nothing to apply: 2 steps applied already");
    expect((await run("migrate", "status")).stdout).toMatch(/0001_add_orders\s+. applied\s+. applied\n/);
    expect((await inPeace("status", "--json")).stdout).toContain('"verdict": "healthy"');
  });

  it("shows where a statement failed", async () => {
    project.write(
      "migrations/0002_more/postgres.up.sql",
      "CREATE TABLE more (\n  id bigint,\n  total numberr\n);\n",
    );
    const { status, stdout, stderr } = await run("migrate", "up");
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toContain("migrations/0002_more/postgres.up.sql:3:9");
    expect(stderr).toContain("  3 |   total numberr\n    |         ^\n");
    expect(stderr).toMatch(/numberr.* does not exist/);
    expect(stderr).toContain(
      "fix: correct migrations/0002_more/postgres.up.sql, then run dbctl migrate up again",
    );
    const { error } = await json("migrate", "up");
    expect(error).toMatchObject({
      code: "MIGRATION_FAILED",
      store: "postgres",
      data: { file: "migrations/0002_more/postgres.up.sql", line: 3, column: 9, applied: 0, total: 1 },
    });
    project.write("migrations/0002_more/postgres.up.sql", "CREATE TABLE more (\n  id bigint\n);\n");
    expect((await run("migrate", "up")).status).toBe(0);
  });

  it("notices an edited file with status 5, wherever one looks", async () => {
    project.write("migrations/0002_more/postgres.up.sql", "CREATE TABLE more (\n  id bigint -- why\n);\n");
    for (const command of [["migrate", "up"], ["migrate", "status"], ["status"]]) {
      const { status, stdout, stderr } = await inPeace(...command);
      expect(status).toBe(5);
      expect(`${stdout}${stderr}`).toContain("migrations/0002_more/postgres.up.sql was edited");
    }
    project.write("migrations/0002_more/postgres.up.sql", "CREATE TABLE more (\n  id bigint\n);\n");
  });

  it("goes down only as far as there are scripts", async () => {
    const refused = await run("migrate", "down");
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain("0002_more has no down script for postgres");
  });

  it("is reset only by its name", async () => {
    expect((await run("reset", "--no-input")).status).toBe(4);
    expect((await run("reset", "--confirm=other")).status).toBe(4);
    expect((await run("reset", "--yes", "--no-input")).status).toBe(4);
    const { status, stdout } = await run("reset", "--confirm=shop");
    expect(status).toBe(0);
    expect(stdout).toContain("namespace dropped");
  });
});
