import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import type { ApplyOptions, Revision, Step } from "../../../src/stores/store.ts";
import { engineOptions, hasEngine } from "../../support/engines.ts";
import { failure, Kit, never } from "./kit.ts";

interface StepOptions {
  readonly down?: string;
  readonly transaction?: boolean;
  readonly lockTimeoutMs?: number;
  readonly statementTimeoutMs?: number;
}

function stepOf(version: string, up: string, options: StepOptions = {}): Step {
  const { down, transaction = true, lockTimeoutMs = 2_000, statementTimeoutMs = 0 } = options;
  const file = `migrations/${version}_x/postgres.up.sql`;
  return {
    version,
    name: "x",
    store: "postgres",
    up: { file, text: up },
    down: down === undefined ? null : { file: file.replace("up", "down"), text: down },
    checksum: "v1:0",
    chain: version,
    directives: { transaction, lockTimeoutMs, statementTimeoutMs },
  };
}

describe.skipIf(!hasEngine("postgres"))("migrations of PostgreSQL", () => {
  const kit = new Kit("migrate");
  const store = (async () => {
    const opened = await kit.ready();
    await opened.migrations.ensureHistory(never);
    return opened;
  })();
  beforeAll(() => store);
  afterEach(async () => {
    await kit.sql("DROP TABLE IF EXISTS a, b, locked CASCADE; TRUNCATE _migration_history");
  });

  async function apply(step: Step, options: Partial<ApplyOptions> = {}) {
    await (await store).migrations.apply(step, {
      direction: "up",
      resume: null,
      dbctlVersion: "1",
      signal: never,
      ...options,
    });
  }
  async function revision(of: string): Promise<Revision | undefined> {
    return (await (await store).migrations.history(never))?.find((row) => row.version === of);
  }

  it("a failure names the place that the server named, in lines and columns of the file", async () => {
    const text = "-- first\nCREATE TABLE a (id int);\n\n  /* 😀 */ SELECT 'ü😀',\n\tnope FROM a;\nSELECT 1;";
    const error = await failure(apply(stepOf("0001", text)));
    expect(error).toMatchObject({
      code: "MIGRATION_FAILED",
      store: "postgres",
      data: {
        line: 5,
        column: 2,
        statementLine: 4,
        statementColumn: 12,
        applied: 0,
        total: 3,
        sqlstate: "42703",
      },
    });
    expect(error.message).toBe('migrations/0001_x/postgres.up.sql:5:2 column "nope" does not exist');
    expect(await revision("0001")).toBeUndefined();
  });

  it("constraints deferred to the commit fail the step, too", async () => {
    const text =
      "CREATE TABLE a (id int UNIQUE DEFERRABLE INITIALLY DEFERRED); INSERT INTO a VALUES (1), (1);";
    for (const transaction of [true, false]) {
      const error = await failure(apply(stepOf("0001", text, { transaction })));
      expect(error).toMatchObject({
        code: "MIGRATION_FAILED",
        data: { sqlstate: "23505", applied: transaction ? 0 : 1 },
      });
      await kit.sql("DROP TABLE IF EXISTS a; TRUNCATE _migration_history");
    }
  });

  it("settings, roles and temporary tables of a step end with it", async () => {
    await kit.sql(
      "DROP ROLE IF EXISTS dbctl_test_role; CREATE ROLE dbctl_test_role; GRANT ALL ON SCHEMA public TO dbctl_test_role",
    );
    const text =
      "SET ROLE dbctl_test_role; SET search_path = pg_catalog; SET standard_conforming_strings = off; CREATE TEMP TABLE a (id int);";
    await apply(stepOf("0001", text));
    await apply(stepOf("0002", "CREATE TABLE a (s text); INSERT INTO a VALUES ('\\'), (current_user)"));
    expect(await kit.sql("SELECT s FROM public.a")).toEqual([
      { s: "\\" },
      { s: engineOptions("postgres", "").connection.user },
    ]);
    await apply(stepOf("0003", `${text} SELECT 1`, { transaction: false }));
    await kit.sql("DROP OWNED BY dbctl_test_role; DROP ROLE dbctl_test_role");
  });

  it("a statement timeout and a lock timeout hold; who holds the lock is named", async () => {
    const slow = stepOf("0001", "SELECT pg_sleep(5)", { statementTimeoutMs: 100 });
    expect(await failure(apply(slow))).toMatchObject({
      code: "MIGRATION_FAILED",
      data: { sqlstate: "57014" },
    });
    const holder = await kit.client();
    await kit.sql("CREATE TABLE locked (id int)");
    await holder.query("SET application_name = 'the blocker'; BEGIN; LOCK TABLE locked");
    const step = stepOf("0002", "ALTER TABLE locked ADD x int", { lockTimeoutMs: 200 });
    const error = await failure(apply(step));
    expect(error).toMatchObject({ code: "MIGRATION_FAILED", data: { sqlstate: "55P03" } });
    expect(error.message).toMatch(/held by backend \d+ \(the blocker\) of \w+.*idle in transaction/);
    setTimeout(() => void holder.query("COMMIT"), 300);
    await apply(step);
    expect(await revision("0002")).toMatchObject({ statementsApplied: 1 });
  });

  it("a concurrent index that failed is dropped and built again", async () => {
    await kit.sql("CREATE TABLE a (id int); INSERT INTO a VALUES (1), (1)");
    const step = stepOf("0001", 'SELECT 1; CREATE UNIQUE INDEX CONCURRENTLY "A ix" ON a (id); SELECT 2', {
      transaction: false,
    });
    expect(await failure(apply(step))).toMatchObject({
      code: "MIGRATION_FAILED",
      data: { applied: 1, total: 3 },
    });
    expect(await kit.sql("SELECT indisvalid FROM pg_index WHERE indexrelid = '\"A ix\"'::regclass")).toEqual([
      { indisvalid: false },
    ]);
    await kit.sql("DELETE FROM a");
    await apply(step, { resume: (await revision("0001")) ?? null });
    expect(await kit.sql("SELECT indisvalid FROM pg_index WHERE indexrelid = '\"A ix\"'::regclass")).toEqual([
      { indisvalid: true },
    ]);
    expect(await revision("0001")).toMatchObject({
      statementsApplied: 3,
      error: null,
      statementInFlight: false,
    });
  });

  it("an index that was built or dropped while nobody could record it counts as done", async () => {
    await kit.sql("CREATE TABLE a (id int); CREATE INDEX ix ON a (id)");
    const step = stepOf("0001", "CREATE INDEX CONCURRENTLY ix ON a (id); DROP INDEX CONCURRENTLY gone", {
      transaction: false,
    });
    await failure(apply(step));
    const half = await revision("0001");
    expect(half).toMatchObject({ statementsApplied: 0, error: expect.stringContaining("already exists") });
    if (half === undefined) return;
    await apply(stepOf("0001", "CREATE INDEX CONCURRENTLY ix ON a (id)", { transaction: false }), {
      resume: { ...half, statementInFlight: true },
    });
    const both = { ...half, statementsApplied: 1, statementInFlight: true };
    await apply(step, { resume: both });
    expect(await revision("0001")).toMatchObject({ statementsApplied: 2 });
  });

  it("a transaction within a step of its own: what it rolled back is done again", async () => {
    const text =
      "-- dbctl: no-transaction\nCREATE TABLE a (id int); BEGIN; INSERT INTO a VALUES (1); INSERT INTO a SELECT 1 / :x; COMMIT; VACUUM a";
    const step = (x: number) => stepOf("0001", text.replace(":x", String(x)), { transaction: false });
    expect(await failure(apply(step(0)))).toMatchObject({
      data: { applied: 1, total: 6, sqlstate: "22012" },
    });
    expect(await revision("0001")).toMatchObject({ statementsApplied: 1, statementInFlight: false });
    await apply(step(1), { resume: (await revision("0001")) ?? null });
    expect(await kit.sql("SELECT * FROM a")).toEqual([{ id: 1 }, { id: 1 }]);
    const open = await failure(
      apply(
        stepOf("0002", "-- dbctl: no-transaction\nBEGIN; CREATE TABLE b (id int)", { transaction: false }),
      ),
    );
    expect(open).toMatchObject({ code: "MIGRATION_FAILED", data: { applied: 0, total: 2 } });
    expect(open.message).toContain("leaves a transaction open");
  });

  it("without a history nothing is run", async () => {
    await (await store).migrations.dropHistory(never);
    for (const transaction of [true, false]) {
      const error = await failure(apply(stepOf("0001", "CREATE TABLE a (id int)", { transaction })));
      expect(error).toMatchObject({ code: "NOT_INITIALISED" });
      expect(await kit.sql("SELECT to_regclass('a') AS a")).toEqual([{ a: null }]);
    }
    await (await store).migrations.ensureHistory(never);
  });

  it("a step of 2,000 statements is cancelled with nothing left of it", async () => {
    const controller = new AbortController();
    const text = `CREATE TABLE a (id int);${"INSERT INTO a VALUES (1);".repeat(2_000)}`;
    const applying = apply(stepOf("0001", text), {
      signal: controller.signal,
      onStatement: (applied) => {
        if (applied === 500) controller.abort();
      },
    });
    expect(await failure(applying)).toMatchObject({ code: "CANCELLED" });
    await expect.poll(() => kit.sql("SELECT to_regclass('a') AS a")).toEqual([{ a: null }]);
    expect(await revision("0001")).toBeUndefined();
  });

  it("killed at any moment, the next run goes on at the right statement", async () => {
    const count = 40;
    const text = Array.from({ length: count }, (_, id) =>
      id % 10 === 5 ? `CREATE INDEX CONCURRENTLY i${id} ON a (id)` : `INSERT INTO a VALUES (${id})`,
    ).join(";\n");
    const step = stepOf("0001", `CREATE TABLE a (id int);\n${text}`, { transaction: false });
    const script = fileURLToPath(new URL("./apply-step.ts", import.meta.url));
    for (let round = 0; round < 4; round++) {
      const resume = (await revision("0001")) ?? null;
      if (resume !== null && resume.statementsApplied === resume.statementsTotal) break;
      const input = JSON.stringify({ options: engineOptions("postgres", kit.namespace), step, resume });
      const child = spawn(process.execPath, [script, input], { stdio: ["ignore", "pipe", "inherit"] });
      await once(child.stdout, "data");
      setTimeout(() => child.kill("SIGKILL"), 5 + round * 15);
      await once(child, "exit");
    }
    await expect
      .poll(() => kit.sql("SELECT FROM pg_stat_activity WHERE application_name = 'dbctl-test-child'"))
      .toEqual([]);
    await apply(step, { resume: (await revision("0001")) ?? null });
    expect(await revision("0001")).toMatchObject({ statementsApplied: count + 1, statementInFlight: false });
    const rows = await kit.sql("SELECT id FROM a ORDER BY id");
    expect(rows.map(({ id }) => id)).toEqual(
      Array.from({ length: count }, (_, id) => id).filter((id) => id % 10 !== 5),
    );
    expect(await kit.sql("SELECT indisvalid FROM pg_index WHERE indrelid = 'a'::regclass")).toEqual(
      Array(4).fill({ indisvalid: true }),
    );
  });
});
