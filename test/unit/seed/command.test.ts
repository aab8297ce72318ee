import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { run as clean } from "../../../src/commands/seed-clean.ts";
import { run as seed } from "../../../src/commands/seed-run.ts";
import { run as verify } from "../../../src/commands/verify-consistency.ts";
import { ENTITIES, openShop, type Shop } from "../sync/shop.ts";

let shop: Shop;

beforeEach(() => {
  shop = openShop();
});

afterEach(() => shop[Symbol.asyncDispose]());

const context = (options = {}) => shop.project.context({ entities: ENTITIES, ...options });
const OPTIONS = { scale: 2, randomSeed: 1, dryRun: false };
const VERIFY = { repair: false, deleteExtra: false, dryRun: false, limit: 5, lagMs: 0 };
const TABLES = [
  ["customers", "postgres"],
  ["customers", "clickhouse"],
  ["orders", "postgres"],
  ["orders_archive", "clickhouse"],
] as const;
const counts = () => TABLES.map(([table, store]) => shop.count(table, store));

test("one stream fills the source and all copies, and they agree", async () => {
  const { exitStatus, data } = await seed(context(), OPTIONS);
  expect(exitStatus).toBe(0);
  expect(data.entities.map(({ entity, places }) => [entity, places.map(({ rows }) => rows)])).toEqual([
    ["customers", [20, 20]],
    ["orders", [100, 60]],
  ]);
  expect(counts()).toEqual([20, 20, 100, 60]);
  const proof = await verify(context(), VERIFY);
  expect(proof.exitStatus).toBe(0);

  await seed(context(), OPTIONS);
  expect(counts()).toEqual([20, 20, 100, 60]);
  expect((await verify(context(), VERIFY)).data.root).toBe(proof.data.root);
  await seed(context(), { ...OPTIONS, randomSeed: 2 });
  expect((await verify(context(), VERIFY)).data.root).not.toBe(proof.data.root);
});

test("a dry run makes the rows and writes none", async () => {
  const { data } = await seed(context(), { ...OPTIONS, dryRun: true });
  expect(data.entities.map(({ places }) => places.map(({ rows }) => rows))).toEqual([
    [20, 20],
    [100, 60],
  ]);
  expect(counts()).toEqual([0, 0, 0, 0]);
});

test("one entity alone refers to rows that are made, but not written", async () => {
  const { data } = await seed(context(), { ...OPTIONS, entities: ["orders"] });
  expect(data.entities.map(({ entity }) => entity)).toEqual(["orders"]);
  expect(counts()).toEqual([0, 0, 100, 60]);
});

test("what no seed makes can't be asked for", async () => {
  const asked = (name: string) => seed(context(), { ...OPTIONS, entities: [name] });
  await expect(asked("notes")).rejects.toMatchObject({ code: "USAGE", message: "no seed makes notes" });
  await expect(asked("order")).rejects.toMatchObject({
    code: "USAGE",
    hint: expect.stringContaining("orders"),
  });
});

test("without the copies' store the source is filled; without the source's nothing is", async () => {
  const sources = await seed(context({ skip: ["clickhouse"] }), OPTIONS);
  expect(sources.exitStatus).toBe(0);
  expect(counts()).toEqual([20, 0, 100, 0]);
  const copies = await seed(context({ skip: ["postgres"] }), OPTIONS);
  expect(copies.data.entities).toEqual([]);
  expect(copies.data.skipped.map(({ entity }) => entity)).toEqual(["customers", "orders"]);
  expect(counts()).toEqual([20, 0, 100, 0]);
});

test("several seeds fill one entity", async () => {
  const more = `export default { name: "more", entities: { customers: { rows: () => [{ id: 5, name: "new" }, { id: 99 }] } } };`;
  writeFileSync(join(shop.project.root, "seeds", "zmore.js"), more);
  const { data } = await seed(context(), OPTIONS);
  expect(data.entities.map(({ entity, seed }) => [entity, seed])).toEqual([
    ["customers", "shop"],
    ["customers", "more"],
    ["orders", "shop"],
  ]);
  expect(counts()).toEqual([21, 21, 100, 60]);
});

test("clean removes every row, copies and those that refer to others first, after the project's name", async () => {
  await seed(context(), OPTIONS);
  await shop.put("orders", "clickhouse", [
    { id: 7777, customerId: 1, total: "1", paidAt: "2020-01-01T00:00:00Z" },
  ]);
  await expect(clean(context(), { dryRun: false })).rejects.toMatchObject({ code: "CONFIRMATION_REQUIRED" });
  await expect(clean(context(), { dryRun: false, confirm: "shops" })).rejects.toMatchObject({
    code: "CONFIRMATION_REQUIRED",
  });
  const production = context({ environment: "production" });
  await expect(clean(production, { dryRun: false, confirm: "shop" })).rejects.toMatchObject({
    code: "PROTECTED",
  });

  const planned = await clean(context(), { dryRun: true });
  expect(planned.data.places.map(({ place, rows }) => [place, rows])).toEqual([
    ["clickhouse:orders_archive", 61],
    ["postgres:orders", 100],
    ["clickhouse:customers", 20],
    ["postgres:customers", 20],
  ]);
  expect(counts()).toEqual([20, 20, 100, 61]);

  const done = await clean(context(), { dryRun: false, confirm: "shop" });
  expect(done.exitStatus).toBe(0);
  expect(done.data.places.map(({ rows }) => rows)).toEqual([61, 100, 20, 20]);
  expect(counts()).toEqual([0, 0, 0, 0]);
});
