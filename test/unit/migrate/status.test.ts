import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { run as init } from "../../../src/commands/init.ts";
import { run as up } from "../../../src/commands/migrate-up.ts";
import { type StatusData, run as status } from "../../../src/commands/status.ts";
import { clickhouse, entity, postgres } from "../../../src/config/entity.ts";
import { t } from "../../../src/encoding/types.ts";
import { STORE_NAMES } from "../../../src/stores/store.ts";
import { render } from "../../../src/ui/human/status.ts";
import { createStyle } from "../../../src/ui/human/style.ts";
import { type FakeProject, fakeProject, type RunOptions } from "./fake-project.ts";

let project: FakeProject;

beforeEach(() => {
  project = fakeProject();
  project.write({
    "0001_a/postgres.up.sql": "table a\n",
    "0001_a/postgres.down.sql": "drop a\n",
    "0001_a/clickhouse.up.sql": "table a\n",
  });
});

afterEach(() => project[Symbol.asyncDispose]());

const entities = [
  entity("a", { key: ["id"], fields: { id: t.int() }, source: postgres("a"), copies: [clickhouse("a")] }),
];
const look = (run: RunOptions = {}, failOn?: string) =>
  status(project.context({ entities, ...run }), { failOn });
const prepare = () => init(project.context(), { dryRun: false, printSql: false });
const migrate = () => up(project.context(), { dryRun: false, allowOutOfOrder: false });
const ids = ({ findings }: StatusData) =>
  findings.map(({ id, store, severity }) => `${id} ${store} ${severity}`);

async function text(data: StatusData, width = 80): Promise<string> {
  return render(data, await createStyle({ width, colorLevel: 0, unicode: true }));
}

describe("status", () => {
  it("is healthy when everything was seen and nothing is wrong", async () => {
    await prepare();
    await migrate();
    const { exitStatus, data } = await look();
    expect(exitStatus).toBe(0);
    expect(data).toMatchObject({
      verdict: "healthy",
      findings: [],
      stores: [{ state: "up", rows: 0, collections: 1, namespace: "shop" }, { store: "clickhouse" }],
      migrations: { applied: 2, pending: 0, drifted: 0, unknown: 0 },
    });
    expect((await look({}, "warning")).exitStatus).toBe(0);
  });

  it("finds what init and migrate have still to do; status 9 only when asked for", async () => {
    expect(ids((await look()).data)).toEqual([
      "NOT_INITIALISED postgres warning",
      "NOT_INITIALISED clickhouse warning",
      "COLLECTION_MISSING postgres warning",
      "COLLECTION_MISSING clickhouse warning",
    ]);
    await prepare();
    const { exitStatus, data } = await look();
    expect(exitStatus).toBe(0);
    expect(data).toMatchObject({ verdict: "degraded", migrations: { pending: 2 } });
    expect((await look({}, "warning")).exitStatus).toBe(9);
    expect((await look({}, "critical")).exitStatus).toBe(0);
  });

  it("takes a missing table for critical once all is applied", async () => {
    await prepare();
    await migrate();
    project.servers.clickhouse.namespace("shop").tables.clear();
    const { exitStatus, data } = await look();
    expect(ids(data)).toEqual(["COLLECTION_MISSING clickhouse critical"]);
    expect(data.verdict).toBe("critical");
    expect(exitStatus).toBe(0);
    expect((await look({}, "critical")).exitStatus).toBe(9);
  });

  it("ends with 3 when a store is down, and shows the other", async () => {
    await prepare();
    await migrate();
    project.servers.clickhouse.mode = "down";
    const { exitStatus, data } = await look({}, "warning");
    expect(exitStatus).toBe(3);
    expect(data.stores).toMatchObject([{ state: "up" }, { state: "unreachable", rows: null }]);
    expect(data.migrations).toMatchObject({ applied: 1, unknown: 1 });
    expect(data.verdict).toBe("critical");
  });

  it("ends in time when a store swallows everything", async () => {
    await prepare();
    project.servers.postgres.mode = "hanging";
    const startedMs = performance.now();
    const { exitStatus, data } = await look();
    expect(performance.now() - startedMs).toBeLessThan(1_900);
    expect(exitStatus).toBe(3);
    expect(data.stores).toMatchObject([{ state: "unreachable" }, { state: "up" }]);
  });

  it("ends with 8 when a store does not let us in", async () => {
    project.servers.postgres.password = "secret-1";
    const { exitStatus, data } = await look({ password: "secret-2" });
    expect(exitStatus).toBe(8);
    expect(data.stores[0]?.state).toBe("denied");
    expect(JSON.stringify(data)).not.toContain("secret-");
  });

  it("does not end with 3 for an optional store", async () => {
    await prepare();
    await migrate();
    project.servers.clickhouse.mode = "down";
    const { exitStatus, data } = await look({ optional: ["clickhouse"] });
    expect(exitStatus).toBe(0);
    expect(data.verdict).toBe("degraded");
  });

  it("ends with 5 on drift", async () => {
    await prepare();
    await migrate();
    project.write({ "0001_a/postgres.up.sql": "table b\n" });
    const { exitStatus, data } = await look();
    expect(exitStatus).toBe(5);
    expect(ids(data)).toEqual(["CHECKSUM_MISMATCH postgres critical"]);
    expect(data.migrations).toMatchObject({ drifted: 1 });
  });

  it("never calls well what it could not see", async () => {
    await prepare();
    await migrate();
    project.servers.clickhouse.onCall = async ({ operation }) => {
      if (operation === "migrations.history") await new Promise(() => {});
    };
    const { exitStatus, data } = await look();
    expect(exitStatus).toBe(10);
    expect(data.verdict).toBe("unknown");
    project.servers.clickhouse.onCall = null;
    project.write({ "rubbish/x": "" });
    expect(await look()).toMatchObject({ exitStatus: 10, data: { migrations: null, verdict: "critical" } });
  });
});

describe("its screen", () => {
  it("says the verdict first and what to do", async () => {
    await prepare();
    const lines = (await text((await look()).data)).split("\n");
    expect(lines[0]).toBe("degraded: 2 of 2 stores up, 2 findings");
    expect(lines.at(-1)).toBe("migrations: 0 applied, 2 pending: dbctl migrate up");
  });

  it("fits 24 lines of 80 columns, whatever is wrong", async () => {
    const long = "word ".repeat(60);
    const data: StatusData = {
      verdict: "critical",
      findings: Array.from({ length: 30 }, (_, index) => ({
        id: "HISTORY_DIVERGED",
        severity: index < 10 ? "critical" : "warning",
        store: "postgres",
        message: `${long}\nmore`,
        hint: long,
      })),
      stores: STORE_NAMES.map((store) => ({
        store,
        state: "unreachable",
        optional: false,
        address: "host:1",
        namespace: "a_very_long_namespace_that_does_not_fit",
        version: "15.18 (Debian 15.18-0+deb12u1)",
        latencyMs: 340,
        sizeBytes: 536_000_000,
        rows: 123_456_789,
        collections: 1234,
      })),
      skipped: ["redis"],
      migrations: { applied: 1000, pending: 10, drifted: 3, unknown: 2 },
    };
    for (const stores of [data.stores, data.stores.slice(0, 2)]) {
      const lines = (await text({ ...data, stores })).split("\n");
      expect(lines.length).toBeLessThanOrEqual(24);
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
      expect(lines.join("\n")).toMatch(/and \d+ more: dbctl status --json/);
      for (const { store } of stores) expect(lines.some((line) => line.includes(store))).toBe(true);
    }
  });
});
