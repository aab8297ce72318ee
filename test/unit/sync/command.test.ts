import { afterEach, beforeEach, expect, test } from "vitest";
import { run as sync } from "../../../src/commands/sync.ts";
import { run as verify } from "../../../src/commands/verify-consistency.ts";
import { ENTITIES, openShop, type Shop } from "./shop.ts";

let shop: Shop;

beforeEach(async () => {
  shop = openShop();
  await shop.put("customers", "postgres", [
    { id: 1, name: "Ann" },
    { id: 2, name: "Bø" },
  ]);
  await shop.put("orders", "postgres", [
    { id: 1, customerId: 1, total: "9.50", paidAt: "2026-01-01T00:00:00Z" },
    { id: 2, customerId: 1, total: "1", paidAt: null },
  ]);
});

afterEach(() => shop[Symbol.asyncDispose]());

const context = (options = {}) => shop.project.context({ entities: ENTITIES, ...options });

test("every copy gets what it should hold, and a second run changes nothing", async () => {
  for (let round = 0; round < 2; round++) {
    const { exitStatus, data } = await sync(context(), { dryRun: false });
    expect(exitStatus).toBe(0);
    expect(data.entities.map(({ entity, copies }) => [entity, copies.map(({ rows }) => rows)])).toEqual([
      ["customers", [2]],
      ["orders", [1]],
    ]);
  }
  expect(shop.count("customers", "clickhouse")).toBe(2);
  expect(shop.count("orders_archive", "clickhouse")).toBe(1);
  const options = { repair: false, deleteExtra: false, dryRun: false, limit: 5, lagMs: 0 };
  expect((await verify(context(), options)).exitStatus).toBe(0);
});

test("rows that differ are overwritten, extras stay", async () => {
  await shop.put("customers", "clickhouse", [
    { id: 2, name: "old" },
    { id: 3, name: "extra" },
  ]);
  await sync(context(), { dryRun: false, entities: ["customers"] });
  expect(shop.count("customers", "clickhouse")).toBe(3);
  expect(shop.count("orders_archive", "clickhouse")).toBe(0);
  const report = await verify(context(), {
    repair: false,
    deleteExtra: false,
    dryRun: false,
    limit: 5,
    lagMs: 0,
    entities: ["customers"],
  });
  expect(report.data.entities[0]?.copies[0]?.counts).toMatchObject({ extra: 1, different: 0, missing: 0 });
});

test("a dry run counts, and writes nothing", async () => {
  const { data, exitStatus } = await sync(context(), { dryRun: true });
  expect(exitStatus).toBe(0);
  expect(data.entities.map(({ copies }) => copies[0]?.rows)).toEqual([2, 1]);
  expect(shop.count("customers", "clickhouse")).toBe(0);
});

test("a store left out by a flag is no fault, an optional one that is down is", async () => {
  const skipped = await sync(context({ skip: ["clickhouse"] }), { dryRun: false });
  expect(skipped.exitStatus).toBe(0);
  expect(skipped.data.entities[0]?.copies[0]).toMatchObject({
    rows: 0,
    reason: expect.stringContaining("left out"),
  });
  shop.stores.clickhouse.server.mode = "down";
  const down = await sync(context({ optional: ["clickhouse"] }), { dryRun: false });
  expect(down.exitStatus).toBe(10);
  expect(down.warnings).toMatchObject([{ code: "STORE_UNREACHABLE", store: "clickhouse" }]);
  await expect(sync(context(), { dryRun: false })).rejects.toMatchObject({ code: "STORE_UNREACHABLE" });
});

test("a protected environment wants confirmation, for a dry run it does not", async () => {
  const production = () => context({ environment: "production" });
  await expect(sync(production(), { dryRun: false })).rejects.toMatchObject({ code: "PROTECTED" });
  expect((await sync(production(), { dryRun: true })).exitStatus).toBe(0);
});

test("rows that the copy refuses are reported and end with 1", async () => {
  const { tables } = shop.stores.clickhouse.server.namespace("shop");
  const table = tables.get("customers");
  if (table === undefined) throw new Error("no table");
  const columns = table.columns.map((column) => ({ ...column, required: true }));
  tables.set("customers", { ...table, columns });
  await shop.put("customers", "postgres", [{ id: 5, name: null }]);
  const { exitStatus, data, warnings } = await sync(context(), { dryRun: false });
  expect(exitStatus).toBe(1);
  expect(data.entities[0]?.copies[0]).toMatchObject({ rows: 2, rejectedCount: 1 });
  expect(warnings).toMatchObject([{ code: "STATEMENT_FAILED", store: "clickhouse" }]);
});
