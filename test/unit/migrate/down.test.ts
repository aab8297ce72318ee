import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { run as init } from "../../../src/commands/init.ts";
import { run as down } from "../../../src/commands/migrate-down.ts";
import { run as status } from "../../../src/commands/migrate-status.ts";
import { run as up } from "../../../src/commands/migrate-up.ts";
import type { Revision } from "../../../src/stores/store.ts";
import { type FakeProject, type FakeStoreName, fakeProject, type RunOptions } from "./fake-project.ts";

let project: FakeProject;

beforeEach(async () => {
  project = fakeProject();
  for (const [folder, name] of [
    ["0001_a", "a"],
    ["0002_b", "b"],
  ]) {
    for (const store of ["postgres", "clickhouse"]) {
      project.write({
        [`${folder}/${store}.up.sql`]: `table ${name}\ntable ${name}2\n`,
        [`${folder}/${store}.down.sql`]: `drop ${name}\ndrop ${name}2\n`,
      });
    }
  }
  await init(project.context(), { dryRun: false, printSql: false });
  await migrate();
});

afterEach(() => project[Symbol.asyncDispose]());

const migrate = () => up(project.context(), { dryRun: false, allowOutOfOrder: false });
const undo = (options: Partial<Parameters<typeof down>[1]> = {}, run: RunOptions = {}) =>
  down(project.context(run), { steps: 1, dryRun: false, ...options });
const namespace = (store: FakeStoreName) => project.servers[store].namespace("shop");
const tables = (store: FakeStoreName) => [...namespace(store).tables.keys()];

function changeRevision(store: FakeStoreName, version: string, changes: Partial<Revision>): void {
  const history = new Map(namespace(store).history);
  const row = history.get(version);
  if (row !== undefined) history.set(version, { ...row, ...changes });
  namespace(store).history = history;
}

describe("migrate down", () => {
  it("undoes whole versions, the system of record last", async () => {
    const { data } = await undo();
    expect(data.undone.map(({ version, store }) => `${version} ${store}`)).toEqual([
      "0002 clickhouse",
      "0002 postgres",
    ]);
    expect(tables("postgres")).toEqual(["a", "a2"]);
    expect((await status(project.context(), {})).data).toMatchObject({
      applied: 2,
      pending: 2,
      problems: [],
    });
  });

  it("undoes as many versions as there are", async () => {
    expect((await undo({ steps: 9 })).data.undone).toHaveLength(4);
    expect((await undo()).data.undone).toEqual([]);
    await migrate();
    expect(tables("clickhouse")).toEqual(["a", "a2", "b", "b2"]);
  });

  it("says in a dry run what it would do, in its order", async () => {
    const { data } = await undo({ dryRun: true });
    expect(data.undone).toEqual([]);
    expect(data.planned).toMatchObject([
      {
        store: "clickhouse",
        file: "migrations/0002_b/clickhouse.down.sql",
        statements: [{ text: "drop b" }, {}],
      },
      { store: "postgres" },
    ]);
    expect(tables("clickhouse")).toHaveLength(4);
  });

  it("runs the script as it was stored, and says that the file is another one", async () => {
    project.write({ "0002_b/postgres.down.sql": "drop a\n" });
    const report = await undo();
    expect(report.warnings).toMatchObject([{ code: "CHECKSUM_MISMATCH", store: "postgres" }]);
    expect(report.warnings[0]?.message).toContain("migrations/0002_b/postgres.down.sql is not the script");
    expect(tables("postgres")).toEqual(["a", "a2"]);
  });

  it("needs no files", async () => {
    project.write({ "0002_b": null });
    expect((await undo()).data.undone).toHaveLength(2);
  });

  it("is a way out of an edited file", async () => {
    project.write({ "0002_b/postgres.up.sql": "table b3\n" });
    await undo();
    expect(tables("postgres")).toEqual(["a", "a2"]);
  });

  it("never runs a stored script that is in no chain", async () => {
    changeRevision("clickhouse", "0002", { downBody: "drop a\n" });
    await expect(undo()).rejects.toMatchObject({
      code: "CHECKSUM_MISMATCH",
      exitStatus: 5,
      store: "clickhouse",
    });
    expect(tables("postgres")).toHaveLength(4);
    rmSync(join(project.root, "migrations", "dbctl.sum"));
    await expect(undo()).rejects.toMatchObject({ code: "CHECKSUM_MISMATCH" });
    changeRevision("clickhouse", "0002", { downBody: "drop b\ndrop b2\n" });
    expect((await undo()).data.undone).toHaveLength(2);
  });

  it("refuses before anything runs when a step can't be undone", async () => {
    project.write({
      "0003_c/postgres.up.sql": "table c\n",
      "0003_c/clickhouse.up.sql": "table c\n",
      "0003_c/clickhouse.down.sql": "-- nothing yet\n",
    });
    await migrate();
    const error = await undo().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "MIGRATION_INVALID", exitStatus: 2 });
    expect(String(error)).toContain("0003_c has no down script for postgres");
    expect(String(error)).toContain("0003_c has no down script for clickhouse");
    expect(tables("clickhouse")).toContain("c");
  });

  it("is guarded where protected", async () => {
    const production = { environment: "production" } as const;
    await expect(undo({}, production)).rejects.toMatchObject({ code: "PROTECTED", exitStatus: 4 });
    await expect(undo({ confirm: "other" }, production)).rejects.toMatchObject({ exitStatus: 4 });
    expect(tables("postgres")).toHaveLength(4);
    expect((await undo({ confirm: "shop" }, production)).data.undone).toHaveLength(2);
    expect(project.notes).toContain("  0002_b on clickhouse, localhost:0, shop");
  });

  it("goes on where it stopped; up refuses meanwhile", async () => {
    const { clickhouse } = project.servers;
    clickhouse.injectStatementFault({ at: 1, kind: "fail" });
    const error = await undo().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "MIGRATION_FAILED", data: { notDone: ["0002_b postgres"] } });
    expect(String(error)).toContain("0002_b clickhouse: 1 of 2 statements were undone");
    clickhouse.injectStatementFault(null);
    const refused = await migrate().catch((thrown: unknown) => thrown);
    expect(refused).toMatchObject({ code: "HISTORY_DIVERGED", hint: "finish it: dbctl migrate down -s 1" });
    expect((await status(project.context(), {})).exitStatus).toBe(5);
    expect((await undo()).data.undone).toMatchObject([{ resumedAt: 1 }, { store: "postgres" }]);
    expect(tables("clickhouse")).toEqual(["a", "a2"]);
    expect((await migrate()).data.applied).toHaveLength(2);
  });

  it("wants a half-applied step finished first", async () => {
    project.write({
      "0003_c/clickhouse.up.sql": "table c\nfail\n",
      "0003_c/clickhouse.down.sql": "drop c\n",
    });
    await migrate().catch(() => {});
    const error = await undo().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "HISTORY_DIVERGED", hint: "finish it: dbctl migrate up" });
  });

  it("undoes what was confirmed, whatever another run did meanwhile", async () => {
    const held = await project.context().stores.get("postgres");
    const signal = new AbortController().signal;
    let second: ReturnType<typeof undo> | undefined;
    await held.withLock?.("migrate", { waitMs: 0, signal }, async () => {
      second = undo();
      await new Promise((resolve) => setTimeout(resolve, 20));
      changeHistoryAsAnotherRun();
    });
    expect((await second)?.data.undone).toEqual([]);
    expect(tables("clickhouse")).toEqual(["a", "a2"]);
  });
});

function changeHistoryAsAnotherRun(): void {
  for (const store of ["postgres", "clickhouse"] as const) {
    const state = namespace(store);
    state.history = new Map([...(state.history ?? [])].filter(([version]) => version !== "0002"));
    for (const name of ["b", "b2"]) state.tables.delete(name);
    const heads = new Map(namespace("postgres").heads);
    const chain = [...state.history.values()][0]?.chain ?? "";
    heads.set(store, { store, version: "0001", chain, revisions: 1 });
    namespace("postgres").heads = heads;
  }
}
