import { afterEach, beforeEach, expect, test } from "vitest";
import { run as sync } from "../../../src/commands/sync.ts";
import { type VerifyOptions, run as verify } from "../../../src/commands/verify-consistency.ts";
import { DbctlError } from "../../../src/errors.ts";
import { ENTITIES, openShop, type Shop } from "../sync/shop.ts";

let shop: Shop;

const context = (options = {}) => shop.project.context({ entities: ENTITIES, ...options });
const OPTIONS: VerifyOptions = { repair: false, deleteExtra: false, dryRun: false, limit: 5, lagMs: 0 };
const run = (options: Partial<VerifyOptions> = {}, contextOptions = {}) =>
  verify(context(contextOptions), { ...OPTIONS, ...options });

beforeEach(async () => {
  shop = openShop();
  const names = ["Ann", "Bø", "Cy"];
  await shop.put(
    "customers",
    "postgres",
    names.map((name, index) => ({ id: index + 1, name })),
  );
  await sync(context(), { dryRun: false });
});

afterEach(() => shop[Symbol.asyncDispose]());

async function damage(): Promise<void> {
  const copy = await shop.collection("customers", "clickhouse");
  await copy.remove([[Buffer.from("0000000000000001", "hex")]], { signal: new AbortController().signal });
  await shop.put("customers", "clickhouse", [
    { id: 2, name: "Bo" },
    { id: 9, name: "extra" },
  ]);
}

test("equal: 0, and a root that names the layer", async () => {
  const { exitStatus, data, warnings } = await run();
  expect(exitStatus).toBe(0);
  expect(data.state).toBe("equal");
  expect(data.root).toMatch(/^[0-9a-f]{64}$/);
  expect(data.entities.map(({ entity, rows }) => [entity, rows])).toEqual([
    ["customers", 3],
    ["orders", 0],
    ["notes", 0],
  ]);
  expect(warnings).toEqual([]);
  expect((await run()).data.root).toBe(data.root);
});

test("some entities have no root of the layer", async () => {
  const { data } = await run({ entities: ["customers"] });
  expect(data.root).toBeNull();
  expect(data.entities.map(({ entity }) => entity)).toEqual(["customers"]);
});

test("different: 6, with every key and column", async () => {
  await damage();
  const { exitStatus, data, warnings } = await run();
  expect(exitStatus).toBe(6);
  expect(data.entities[0]?.copies[0]).toMatchObject({
    copy: "clickhouse:customers",
    state: "different",
    differencesTotal: 3,
    truncated: false,
    differences: [
      { kind: "missing", key: { id: "1" }, columns: [] },
      { kind: "different", key: { id: "2" }, columns: [{ field: "name", source: "Bø", copy: "Bo" }] },
      { kind: "extra", key: { id: "9" }, columns: [] },
    ],
  });
  expect(warnings).toMatchObject([{ code: "STORES_DIFFER", message: expect.stringContaining("3 keys") }]);
  const limited = await run({ limit: 1 });
  expect(limited.data.entities[0]?.copies[0]).toMatchObject({ differencesTotal: 3, truncated: true });
  expect(limited.data.entities[0]?.copies[0]?.differences).toHaveLength(1);
});

test("a repair with --delete-extra ends equal, with the root of before", async () => {
  const { root } = (await run()).data;
  await damage();
  const planned = await run({ repair: true, deleteExtra: true, dryRun: true });
  expect(planned.exitStatus).toBe(6);
  expect(planned.data.repair).toMatchObject({ dryRun: true, copies: [{ written: 2, deleted: 1 }] });
  const repaired = await run({ repair: true, deleteExtra: true });
  expect(repaired.exitStatus).toBe(0);
  expect(repaired.data).toMatchObject({
    state: "equal",
    root,
    repair: { dryRun: false, copies: [{ copy: "clickhouse:customers", written: 2, deleted: 1 }] },
  });
  const again = await run({ repair: true, deleteExtra: true });
  expect(again.data).toMatchObject({ state: "equal", repair: { copies: [] } });
});

test("a repair that leaves extras ends with 6", async () => {
  await damage();
  const { exitStatus, data } = await run({ repair: true });
  expect(exitStatus).toBe(6);
  expect(data.entities[0]?.copies[0]?.counts).toMatchObject({ extra: 1, missing: 0, different: 0 });
  expect(data.repair?.copies[0]).toMatchObject({ extrasKept: 1 });
});

test("a repair is guarded where the target is protected, a look is not", async () => {
  await damage();
  const production = { environment: "production" };
  await expect(run({ repair: true }, production)).rejects.toMatchObject({ code: "PROTECTED" });
  await expect(run({ repair: true, confirm: "shopping" }, production)).rejects.toMatchObject({
    code: "CONFIRMATION_REQUIRED",
  });
  expect((await run({ repair: true, dryRun: true }, production)).exitStatus).toBe(6);
  expect((await run({ repair: true, deleteExtra: true, confirm: "shop" }, production)).exitStatus).toBe(0);
});

test("options that make no sense are refused before anything is connected", async () => {
  shop.stores.postgres.server.mode = "down";
  await expect(run({ deleteExtra: true })).rejects.toMatchObject({ code: "USAGE" });
  await expect(run({ entities: ["customer"] })).rejects.toMatchObject({
    code: "USAGE",
    hint: expect.stringContaining("customers"),
  });
});

test("a copy that is left out is not checked: 10, never equal", async () => {
  const { exitStatus, data, warnings } = await run({}, { skip: ["clickhouse"] });
  expect(exitStatus).toBe(10);
  expect(data.state).toBe("not checked");
  expect(data.entities[0]?.copies[0]).toMatchObject({ state: "not checked", counts: null });
  expect(data.root).toMatch(/^[0-9a-f]{64}$/);
  expect(warnings.map(({ code }) => code)).toEqual(["INCONCLUSIVE", "INCONCLUSIVE"]);
  const withoutSource = await run({}, { skip: ["postgres"] });
  expect(withoutSource.exitStatus).toBe(10);
  expect(withoutSource.data).toMatchObject({ state: "not checked", root: null });
});

test("an optional store that is down: 10; a required one: its error", async () => {
  shop.stores.clickhouse.server.mode = "down";
  const { exitStatus, warnings } = await run({}, { optional: ["clickhouse"] });
  expect(exitStatus).toBe(10);
  expect(warnings.map(({ code }) => code)).toContain("STORE_UNREACHABLE");
  await expect(run()).rejects.toMatchObject({ code: "STORE_UNREACHABLE", store: "clickhouse" });
});

test("an optional store that goes down on the way is not equal either", async () => {
  shop.stores.clickhouse.server.onCall = ({ operation, collection }) => {
    if (operation !== "digest" || collection !== "customers") return;
    throw new DbctlError("STORE_UNREACHABLE", "clickhouse hung up", { store: "clickhouse" });
  };
  const { exitStatus, data } = await run({}, { optional: ["clickhouse"] });
  expect(exitStatus).toBe(10);
  expect(data.entities[0]?.copies[0]).toMatchObject({
    state: "not checked",
    reason: expect.stringContaining("clickhouse"),
  });
});

test("a difference outweighs what was not checked", async () => {
  await damage();
  const orders = { id: 1, customerId: 1, total: "1", paidAt: "2026-01-01T00:00:00Z" };
  await shop.put("orders", "postgres", [orders]);
  const { exitStatus, data } = await run();
  expect(exitStatus).toBe(6);
  expect(data.entities.map(({ state }) => state)).toEqual(["different", "different", "equal"]);
});
