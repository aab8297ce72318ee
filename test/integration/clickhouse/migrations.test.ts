import { describe, expect, test } from "vitest";
import type { DbctlError } from "../../../src/errors.ts";
import type { ApplyOptions, Revision, Store } from "../../../src/stores/store.ts";
import { hasEngine } from "../../support/engines.ts";
import { Kit, never } from "./kit.ts";
import { stepOf } from "./step.ts";

type Step = ReturnType<typeof stepOf>;

const apply = (store: Store, step: Step, options: Partial<ApplyOptions> = {}) =>
  store.migrations.apply(step, {
    direction: "up",
    resume: null,
    dbctlVersion: "1",
    signal: never,
    ...options,
  });

async function revision(store: Store, version: string): Promise<Revision | null> {
  return (await store.migrations.history(never))?.find((one) => one.version === version) ?? null;
}

describe.skipIf(!hasEngine("clickhouse"))("migrations", () => {
  const kit = new Kit("migrations");
  let count = 0;

  async function ready(): Promise<{ readonly store: Store; readonly version: string }> {
    const store = await kit.ready();
    await store.migrations.ensureHistory(never);
    return { store, version: String(++count).padStart(4, "0") };
  }

  test.each([
    [
      "a syntax error where it is",
      "-- é\nCREATE TABLE ok1 (a Int8) ENGINE = Memory;\n\n  SELECT 'é',\n    1 FROM FROM x;",
      5,
      17,
      "SYNTAX_ERROR",
    ],
    ["any other at its statement", "\n /* c */ SELECT nothing_of_the_kind(1);", 2, 10, "UNKNOWN_FUNCTION"],
  ])("%s", async (_, up, line, column, name) => {
    const { store, version } = await ready();
    const step = stepOf(version, up);
    const error: DbctlError = await apply(store, step).then(
      () => Promise.reject(),
      (thrown) => thrown,
    );
    const total = store.migrations.parse(step.up).length;
    expect(error).toMatchObject({
      code: "MIGRATION_FAILED",
      data: { file: step.up.file, line, column, applied: total - 1, total, name },
    });
    expect(error.message.startsWith(`${step.up.file}:${line}:${column} `)).toBe(true);
    expect(await revision(store, version)).toMatchObject({
      statementsApplied: total - 1,
      statementInFlight: false,
    });
    expect((await revision(store, version))?.error).toContain(name);
  });

  test("names lead into the namespace", async () => {
    const { store, version } = await ready();
    await apply(
      store,
      stepOf(version, "CREATE TABLE here (a Int8) ENGINE = Memory; INSERT INTO here VALUES (1)"),
    );
    expect(await kit.sql(`SELECT a FROM ${kit.namespace}.here`)).toBe("1");
  });

  test("a corrected statement is run after the failed one, the others are not run again", async () => {
    const { store, version } = await ready();
    const table = `fixed_${version}`;
    const first = `CREATE TABLE ${table} (a Int8) ENGINE = MergeTree ORDER BY a;\nINSERT INTO ${table} VALUES (1);\n`;
    await expect(
      apply(store, stepOf(version, `${first}INSERT INTO ${table} VALUES ('x')`)),
    ).rejects.toThrow();
    const resume = await revision(store, version);
    expect(resume).toMatchObject({ statementsApplied: 2, statementInFlight: false });
    await apply(store, stepOf(version, `${first}INSERT INTO ${table} VALUES (2)`), { resume });
    expect(await kit.sql(`SELECT groupArray(a) FROM (SELECT a FROM ${table} ORDER BY a)`)).toBe("[1,2]");
    expect(await revision(store, version)).toMatchObject({
      statementsApplied: 3,
      error: null,
      startedAt: resume?.startedAt,
    });
  });

  test("a mutation that fails is taken away, so that the corrected one is not stuck behind it", async () => {
    const { store, version } = await ready();
    const table = `mutated_${version}`;
    const first = `CREATE TABLE ${table} (a Int64, s String) ENGINE = MergeTree ORDER BY a;\nINSERT INTO ${table} VALUES (1, 'x');\n`;
    const failing = stepOf(
      version,
      `${first}ALTER TABLE ${table} UPDATE s = toString(throwIf(a = 1)) WHERE 1`,
    );
    await expect(apply(store, failing)).rejects.toMatchObject({ code: "MIGRATION_FAILED" });
    expect(
      await kit.sql(
        `SELECT count() FROM system.mutations WHERE database = currentDatabase() AND table = '${table}' AND NOT is_done AND NOT is_killed`,
      ),
    ).toBe("0");
    const resume = await revision(store, version);
    await apply(store, stepOf(version, `${first}ALTER TABLE ${table} UPDATE s = 'y' WHERE 1`), { resume });
    expect(await kit.sql(`SELECT s FROM ${table}`)).toBe("y");
  });

  const TWICE: readonly (readonly [string, string, string])[] = [
    ["CREATE TABLE", "", "CREATE TABLE ~ (a Int8) ENGINE = MergeTree ORDER BY a"],
    ["CREATE VIEW", "", "CREATE VIEW ~ AS SELECT 1"],
    [
      "CREATE DICTIONARY",
      "",
      "CREATE DICTIONARY ~ (k UInt64, v String) PRIMARY KEY k SOURCE(CLICKHOUSE(TABLE 't')) LAYOUT(FLAT()) LIFETIME(0)",
    ],
    ["CREATE FUNCTION", "", "CREATE FUNCTION ~ AS (x) -> x + 1"],
    ["DROP FUNCTION", "CREATE FUNCTION ~ AS (x) -> x + 1", "DROP FUNCTION ~"],
    ["DROP TABLE", "CREATE TABLE ~ (a Int8) ENGINE = Memory", "DROP TABLE ~"],
    ["RENAME TABLE", "CREATE TABLE ~ (a Int8) ENGINE = Memory", "RENAME TABLE ~ TO ~_new"],
    [
      "ADD COLUMN",
      "CREATE TABLE ~ (a Int8) ENGINE = MergeTree ORDER BY a",
      "ALTER TABLE ~ ADD COLUMN b Int8",
    ],
    [
      "DROP COLUMN",
      "CREATE TABLE ~ (a Int8, b Int8) ENGINE = MergeTree ORDER BY a",
      "ALTER TABLE ~ DROP COLUMN b",
    ],
    [
      "RENAME COLUMN",
      "CREATE TABLE ~ (a Int8, b Int8) ENGINE = MergeTree ORDER BY a",
      "ALTER TABLE ~ RENAME COLUMN b TO c",
    ],
    [
      "MODIFY COLUMN",
      "CREATE TABLE ~ (a Int8, b Int8) ENGINE = MergeTree ORDER BY a",
      "ALTER TABLE ~ MODIFY COLUMN b Int16",
    ],
    [
      "ADD INDEX",
      "CREATE TABLE ~ (a Int8) ENGINE = MergeTree ORDER BY a",
      "ALTER TABLE ~ ADD INDEX i a TYPE minmax",
    ],
    [
      "DROP INDEX",
      "CREATE TABLE ~ (a Int8, INDEX i a TYPE minmax) ENGINE = MergeTree ORDER BY a",
      "ALTER TABLE ~ DROP INDEX i",
    ],
    [
      "ADD CONSTRAINT",
      "CREATE TABLE ~ (a Int8) ENGINE = MergeTree ORDER BY a",
      "ALTER TABLE ~ ADD CONSTRAINT c CHECK a > 0",
    ],
    [
      "DROP CONSTRAINT",
      "CREATE TABLE ~ (a Int8, CONSTRAINT c CHECK a > 0) ENGINE = MergeTree ORDER BY a",
      "ALTER TABLE ~ DROP CONSTRAINT c",
    ],
    [
      "ADD PROJECTION",
      "CREATE TABLE ~ (a Int8) ENGINE = MergeTree ORDER BY a",
      "ALTER TABLE ~ ADD PROJECTION p (SELECT a ORDER BY a)",
    ],
    [
      "DROP PROJECTION",
      "CREATE TABLE ~ (a Int8, PROJECTION p (SELECT a ORDER BY a)) ENGINE = MergeTree ORDER BY a",
      "ALTER TABLE ~ DROP PROJECTION p",
    ],
    ["DETACH TABLE", "CREATE TABLE ~ (a Int8) ENGINE = MergeTree ORDER BY a", "DETACH TABLE ~"],
    ["CREATE DATABASE", "", "CREATE DATABASE ~"],
    ["DROP DATABASE", "CREATE DATABASE ~", "DROP DATABASE ~"],
  ];

  test.each(TWICE)(
    "%s whose answer was lost counts as done when it is there",
    async (_, before, statement) => {
      const { store, version } = await ready();
      const name = `${kit.namespace}_x${version}`;
      const step = stepOf(version, `SELECT 1; ${statement.replaceAll("~", name)};`);
      if (before !== "") await kit.sql(before.replaceAll("~", name));
      // As a runner leaves it that dies after the engine has run the statement and before it could say so.
      await expect(apply(store, stepOf(version, "SELECT 1; SELECT throwIf(1);"))).rejects.toThrow();
      await kit.sql(statement.replaceAll("~", name));
      const stopped = await revision(store, version);
      if (stopped === null) throw new Error("no revision");
      await apply(store, step, { resume: { ...stopped, statementInFlight: true } });
      expect(await revision(store, version)).toMatchObject({
        statementsApplied: 2,
        statementInFlight: false,
      });
      for (const kind of ["DATABASE", "FUNCTION"]) await kit.sql(`DROP ${kind} IF EXISTS ${name}`);
    },
  );

  test("what is there although no run was in doubt is a failure", async () => {
    const { store, version } = await ready();
    await kit.sql("CREATE TABLE taken (a Int8) ENGINE = Memory");
    const step = stepOf(version, "CREATE TABLE taken (a Int8) ENGINE = Memory");
    await expect(apply(store, step)).rejects.toMatchObject({
      data: { name: "TABLE_ALREADY_EXISTS", applied: 0 },
    });
  });

  test("an interrupted statement stays in doubt, and the next run waits for what the server still does", async () => {
    const { store, version } = await ready();
    const table = `slow_${version}`;
    const insert = `INSERT INTO ${table} SELECT number FROM numbers(1500) WHERE sleepEachRow(0.001) = 0 SETTINGS function_sleep_max_microseconds_per_block = 0`;
    const step = stepOf(
      version,
      `CREATE TABLE ${table} (n UInt32) ENGINE = MergeTree ORDER BY n; ${insert};`,
    );
    const controller = new AbortController();
    const options = {
      onStatement: () => setTimeout(() => controller.abort(), 300),
      signal: controller.signal,
    };
    await expect(apply(store, step, options)).rejects.toMatchObject({ code: "CANCELLED" });
    const resume = await revision(store, version);
    expect(resume).toMatchObject({ statementsApplied: 1, statementInFlight: true });
    await apply(store, step, { resume });
    expect(await kit.sql(`SELECT count(), uniqExact(n) FROM ${table}`)).toBe("1500\t1500");
  });

  test("a statement that takes longer than its file allows fails, and is known to have failed", async () => {
    const { store, version } = await ready();
    const step = stepOf(
      version,
      "SELECT sleepEachRow(1) FROM numbers(20) SETTINGS max_block_size = 1",
      null,
      1_000,
    );
    const startedMs = performance.now();
    await expect(apply(store, step)).rejects.toMatchObject({
      code: "MIGRATION_FAILED",
      data: { applied: 0, total: 1 },
    });
    expect(performance.now() - startedMs).toBeLessThan(6_000);
  });

  test("down runs the file it is given and takes the revision away; up comes again", async () => {
    const { store, version } = await ready();
    const step = stepOf(
      version,
      `CREATE TABLE back_${version} (a Int8) ENGINE = MergeTree ORDER BY a SETTINGS non_replicated_deduplication_window = 9; INSERT INTO back_${version} VALUES (1)`,
      `TRUNCATE TABLE back_${version}; SELECT throwIf(count() = 0) FROM back_${version}`,
    );
    await apply(store, step);
    await expect(apply(store, step, { direction: "down" })).rejects.toMatchObject({
      data: { file: step.down?.file, applied: 1, total: 2 },
    });
    const resume = await revision(store, version);
    expect(resume).toMatchObject({ direction: "down", statementsApplied: 1 });
    const down = { file: "d", text: `TRUNCATE TABLE back_${version}; DROP TABLE back_${version}` };
    await apply(store, { ...step, down }, { direction: "down", resume });
    expect(await revision(store, version)).toBeNull();
    await apply(store, step);
    expect(await kit.sql(`SELECT count() FROM back_${version}`)).toBe("1");
  });

  test("history and heads are none before they are made, and survive merges", async () => {
    const other = new Kit("heads");
    const store = other.open();
    expect([await store.migrations.history(never), await store.migrations.heads(never)]).toEqual([
      null,
      null,
    ]);
    await store.ensureNamespace(never);
    expect(await store.migrations.history(never)).toBeNull();
    await Promise.all([1, 2, 3].map(() => store.migrations.ensureHistory(never)));
    const head = { store: "postgres" as const, version: "0001", chain: "c'\\", revisions: 3 };
    for (let revisions = 1; revisions < 6; revisions++) {
      await store.migrations.recordHead("postgres", { ...head, revisions }, never);
    }
    await store.migrations.recordHead("redis", { ...head, store: "redis" }, never);
    await store.migrations.recordHead("redis", null, never);
    for (let round = 0; round < 2; round++) {
      expect(await store.migrations.heads(never)).toEqual([{ ...head, revisions: 5 }]);
      await other.sql("OPTIMIZE TABLE _dbctl_heads FINAL");
    }
    await store.migrations.dropHistory(never);
    expect(await store.migrations.heads(never)).toBeNull();
    expect(await store.dropNamespaceIfEmpty(never)).toBe(true);
  });
});
