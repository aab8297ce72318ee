import { describe, expect, test } from "vitest";
import { connectStores } from "../../../src/connect.ts";
import { engineUrl, hasEngine } from "../../support/engines.ts";
import { blackHole, closedPort, contextFor } from "./project.ts";

const both = { stores: { postgres: {}, clickhouse: {} } };

test("of several failures the strongest counts, and all are named", async () => {
  const env = { CLICKHOUSE_URL: `http://127.0.0.1:${await closedPort()}` };
  const context = await contextFor({ configuration: both, env });
  await expect(connectStores(context)).rejects.toMatchObject({
    code: "STORE_NOT_CONFIGURED",
    store: "postgres",
    message: expect.stringMatching(/PostgreSQL has no URL in development.*\n.*127\.0\.0\.1/s),
    data: {
      stores: [
        { store: "postgres", code: "STORE_NOT_CONFIGURED" },
        { store: "clickhouse", code: "STORE_UNREACHABLE" },
      ],
    },
  });
});

test("a single failure is thrown as it is", async () => {
  const port = await closedPort();
  const configuration = { stores: { clickhouse: { url: `http://127.0.0.1:${port}` } } };
  const context = await contextFor({ configuration });
  await expect(connectStores(context)).rejects.toMatchObject({
    code: "STORE_UNREACHABLE",
    store: "clickhouse",
    message: expect.stringContaining(`127.0.0.1:${port}`),
  });
});

test("optional stores that are down become warnings", async () => {
  const configuration = {
    stores: {
      postgres: { optional: true },
      clickhouse: { optional: true, url: `http://127.0.0.1:${await closedPort()}` },
    },
  };
  const { stores, unavailable, warnings } = await connectStores(await contextFor({ configuration }));
  expect([stores.size, [...unavailable.keys()]]).toEqual([0, ["postgres", "clickhouse"]]);
  expect(warnings.map(({ code, store }) => [code, store])).toEqual([
    ["STORE_NOT_CONFIGURED", "postgres"],
    ["STORE_UNREACHABLE", "clickhouse"],
  ]);
});

test("an interruption while connecting is one, whatever else went wrong", async () => {
  const controller = new AbortController();
  const configuration = { stores: { clickhouse: { url: `http://127.0.0.1:${await blackHole()}` } } };
  const context = await contextFor({ configuration, signal: controller.signal });
  setTimeout(() => controller.abort(), 50);
  await expect(connectStores(context)).rejects.toMatchObject({ code: "CANCELLED" });
});

describe.skipIf(!hasEngine("postgres") || !hasEngine("clickhouse"))("on real engines", () => {
  const env = { DATABASE_URL: engineUrl("postgres") ?? "", CLICKHOUSE_URL: engineUrl("clickhouse") ?? "" };

  test("connects those asked for, in the order asked for", async () => {
    const context = await contextFor({ configuration: both, env });
    expect([...(await connectStores(context)).stores.keys()]).toEqual(["postgres", "clickhouse"]);
    expect([...(await connectStores(context, ["clickhouse"])).stores.keys()]).toEqual(["clickhouse"]);
  });

  test("a store is opened once, and closed with the set", async () => {
    const context = await contextFor({ configuration: both, env });
    const [first, second] = [await context.stores.get("clickhouse"), await context.stores.get("clickhouse")];
    expect(first).toBe(second);
    await (context.stores as unknown as { close(): Promise<void> }).close();
    await expect(first.connect(context.signal)).rejects.toMatchObject({ code: "STORE_CLOSED" });
  });
});
