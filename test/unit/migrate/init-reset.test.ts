import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { run as init } from "../../../src/commands/init.ts";
import { run as create } from "../../../src/commands/migrate-create.ts";
import { run as status } from "../../../src/commands/migrate-status.ts";
import { run as up } from "../../../src/commands/migrate-up.ts";
import { run as reset } from "../../../src/commands/reset.ts";
import { clickhouse, entity, postgres } from "../../../src/config/entity.ts";
import { t } from "../../../src/encoding/types.ts";
import { type FakeProject, type FakeStoreName, fakeProject, type RunOptions } from "./fake-project.ts";

let project: FakeProject;

beforeEach(() => {
  project = fakeProject();
  project.write({
    "0001_a/postgres.up.sql": "table a\n",
    "0001_a/postgres.down.sql": "drop a\n",
    "0001_a/clickhouse.up.sql": "table a\n",
    "0002_b/clickhouse.up.sql": "table b\n",
  });
});

afterEach(() => project[Symbol.asyncDispose]());

const entities = [
  entity("a", {
    key: ["id"],
    fields: { id: t.int() },
    source: postgres("a"),
    copies: [clickhouse("a"), clickhouse("b")],
  }),
];
const prepare = (run: RunOptions = {}) => init(project.context(run), { dryRun: false, printSql: false });
const migrate = (run: RunOptions = {}) => up(project.context(run), { dryRun: false, allowOutOfOrder: false });
const drop = (options: Partial<Parameters<typeof reset>[1]> = {}, run: RunOptions = {}) =>
  reset(project.context({ entities, ...run }), { dryRun: false, confirm: "shop", ...options });
const namespace = (store: FakeStoreName) => project.servers[store].namespaces.get("shop");

describe("init", () => {
  it("creates what is missing, then finds it", async () => {
    const states = async () =>
      (await prepare()).data.stores.map(({ store, namespaceState, history }) => [
        store,
        namespaceState,
        history,
      ]);
    expect(await states()).toEqual([
      ["postgres", "created", "created"],
      ["clickhouse", "created", "created"],
    ]);
    expect(await states()).toEqual([
      ["postgres", "exists", "exists"],
      ["clickhouse", "exists", "exists"],
    ]);
  });

  it("foresees without doing", async () => {
    const { data } = await init(project.context(), { dryRun: true, printSql: false });
    expect(data.stores[0]).toMatchObject({ namespaceState: "would be created", history: "would be created" });
    expect(namespace("postgres")).toBeUndefined();
  });

  it("does not make a lost history anew", async () => {
    await prepare();
    await migrate();
    const state = namespace("clickhouse");
    if (state !== undefined) state.history = null;
    await expect(prepare()).rejects.toMatchObject({ code: "HISTORY_MISSING", exitStatus: 5 });
    expect(namespace("clickhouse")?.history).toBeNull();
  });

  it("does not take another server for the system of record", async () => {
    await prepare();
    await migrate();
    project.servers.postgres.namespaces.clear();
    await expect(prepare()).rejects.toMatchObject({ code: "HISTORY_MISSING", store: "postgres" });
    expect(namespace("postgres")).toBeUndefined();
  });

  it("makes lost heads anew from the histories beside them", async () => {
    await prepare();
    await migrate();
    const state = namespace("postgres");
    if (state !== undefined) state.heads = null;
    expect((await status(project.context(), {})).exitStatus).toBe(5);
    await prepare();
    expect(await status(project.context(), {})).toMatchObject({
      exitStatus: 0,
      data: { heads: [{ store: "postgres" }, { store: "clickhouse", revisions: 2 }] },
    });
  });
});

describe("reset", () => {
  it("takes out what migrations and entities made, and leaves what is foreign", async () => {
    await prepare();
    await migrate();
    namespace("clickhouse")?.tables.set("foreign", { columns: [], keyLength: 1, rows: new Map() });
    const foreseen = await drop({ dryRun: true, confirm: undefined });
    expect(foreseen.data.stores).toMatchObject([
      { store: "postgres", undone: ["0001_a"], dropped: ["a"], kept: [] },
      { store: "clickhouse", undone: [], dropped: ["a", "b"], kept: ["foreign"] },
    ]);
    expect(namespace("postgres")?.tables.size).toBe(1);

    const { data, warnings, exitStatus } = await drop();
    expect(exitStatus).toBe(0);
    expect(data.stores).toMatchObject([
      { store: "postgres", undone: ["0001_a"], dropped: [], kept: [], namespaceDropped: true },
      { store: "clickhouse", undone: [], dropped: ["a", "b"], kept: ["foreign"], namespaceDropped: false },
    ]);
    expect(warnings.map(({ message }) => message)).toEqual([
      "0001_a has no down script for clickhouse: it can't be undone",
      "0002_b has no down script for clickhouse: it can't be undone",
    ]);
    expect(namespace("postgres")).toBeUndefined();
    expect(namespace("clickhouse")?.history).toBeNull();

    namespace("clickhouse")?.tables.clear();
    await prepare();
    expect((await migrate()).data.applied).toHaveLength(3);
  });

  it("shows hosts and rows, and wants the project's name", async () => {
    await prepare();
    await migrate();
    for (const confirm of [undefined, "other"]) {
      await expect(drop({ confirm })).rejects.toMatchObject({ code: "CONFIRMATION_REQUIRED", exitStatus: 4 });
    }
    expect(project.notes).toContain("  postgres at localhost:0, shop: 0 rows: a 0 rows");
    expect(namespace("postgres")?.tables.size).toBe(1);
  });

  it.each(["staging", "production"] as const)("refuses in %s, whoever confirms", async (environment) => {
    await prepare();
    await expect(drop({}, { environment })).rejects.toMatchObject({ code: "PROTECTED", exitStatus: 4 });
    await expect(drop({ dryRun: true }, { environment })).rejects.toMatchObject({ exitStatus: 4 });
  });

  it("goes on past a down script that fails", async () => {
    project.write({ "0002_b/clickhouse.down.sql": "drop nothing\ndrop b\n" });
    await prepare();
    await migrate();
    const { warnings, data } = await drop();
    expect(warnings).toContainEqual(
      expect.objectContaining({ code: "MIGRATION_FAILED", store: "clickhouse" }),
    );
    expect(data.stores[1]).toMatchObject({ dropped: ["a", "b"], namespaceDropped: true });
  });

  it("is a way out of a lost history, and of an empty layer", async () => {
    await prepare();
    await migrate();
    const state = namespace("clickhouse");
    if (state !== undefined) state.history = null;
    expect((await drop()).data.stores[1]).toMatchObject({ namespaceDropped: true });
    expect(await drop()).toMatchObject({ exitStatus: 0, warnings: [] });
    await prepare();
    expect((await migrate()).data.applied).toHaveLength(3);
  });

  it("does not lose the heads of a store that it leaves out", async () => {
    await prepare();
    await migrate();
    await expect(drop({}, { skip: ["clickhouse"] })).rejects.toMatchObject({ code: "USAGE", exitStatus: 2 });
    await drop({}, { skip: ["postgres"] });
    await prepare();
    expect((await migrate()).data.applied).toMatchObject([{ store: "clickhouse" }, { store: "clickhouse" }]);
  });
});

describe("migrate create", () => {
  const make = (name: string, stores?: string[]) => create(project.context(), { name, stores });

  it("makes the next version for every store", async () => {
    expect((await make("Add orders-table")).data).toEqual({
      version: "0003",
      name: "add_orders_table",
      files: ["postgres.up", "postgres.down", "clickhouse.up", "clickhouse.down"].map(
        (file) => `migrations/0003_add_orders_table/${file}.sql`,
      ),
    });
    expect((await make("next", ["clickhouse"])).data.files).toHaveLength(2);
  });

  it("makes files that up refuses until they say something", async () => {
    await make("empty", ["postgres"]);
    await prepare();
    await expect(migrate()).rejects.toMatchObject({ code: "MIGRATION_INVALID" });
  });

  it.each(["", "a/b", "../x", "é", "-"])("refuses the name %j", async (name) => {
    await expect(make(name)).rejects.toMatchObject({ code: "USAGE" });
  });

  it("refuses a store that the project does not have", async () => {
    await expect(make("x", ["redis"])).rejects.toMatchObject({ code: "USAGE" });
  });
});
