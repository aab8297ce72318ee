import { describe, expect, test } from "vitest";
import { run } from "../../../src/commands/test.ts";
import { engineUrl, hasEngine, testNamespace } from "../../support/engines.ts";
import { blackHole, closedPort, contextFor } from "./project.ts";

const urls = { DATABASE_URL: engineUrl("postgres") ?? "", CLICKHOUSE_URL: engineUrl("clickhouse") ?? "" };
const both = { stores: { postgres: {}, clickhouse: {} } };
const TIMEOUT_MS = 1_000;
/** Drivers load within the first connection. */
const GRACE_MS = 1_500;
const SECRET = "Kaw9/Vun3@%q";

describe.skipIf(!hasEngine("postgres") || !hasEngine("clickhouse"))("dbctl test on real engines", () => {
  test("names address, namespace, version, latency and encryption of every store", async () => {
    const namespace = testNamespace("conf");
    const context = await contextFor({ configuration: both, env: urls, flags: { namespace } });
    const { exitStatus, data, warnings } = await run(context, {});
    expect([exitStatus, warnings, data.skipped]).toEqual([0, [], []]);
    expect(data.stores).toEqual([
      expect.objectContaining({
        store: "postgres",
        state: "up",
        address: new URL(urls.DATABASE_URL).host,
        namespace,
        namespaceExists: false,
        version: expect.stringMatching(/^1\d\./),
        error: null,
      }),
      expect.objectContaining({
        store: "clickhouse",
        state: "up",
        address: new URL(urls.CLICKHOUSE_URL).host,
        namespace,
        namespaceExists: false,
        version: expect.stringMatching(/^2\d\./),
        error: null,
      }),
    ]);
    expect(data.stores[0]).toMatchObject({
      user: decodeURIComponent(new URL(urls.DATABASE_URL).username),
      privileges: expect.arrayContaining([{ name: "create databases", granted: true }]),
    });
    expect(data.stores[1]).toMatchObject({
      user: decodeURIComponent(new URL(urls.CLICKHOUSE_URL).username),
      privileges: expect.arrayContaining([{ name: `create tables in ${namespace}`, granted: true }]),
    });
    for (const { connectMs, latencyMs, encryption } of data.stores) {
      expect(connectMs).toBeGreaterThan(0);
      expect(latencyMs).toBeGreaterThan(0);
      expect(encryption).toMatchObject({ wanted: "disable", encrypted: false, session: null });
    }
  });

  test("changes nothing: the namespace is still missing afterwards", async () => {
    const namespace = testNamespace("conf");
    for (let round = 0; round < 2; round++) {
      const context = await contextFor({ configuration: both, env: urls, flags: { namespace } });
      const { data } = await run(context, {});
      expect(data.stores.map(({ namespaceExists }) => namespaceExists)).toEqual([false, false]);
    }
  });

  test("a store that is down does not hide the other; it is named, with 3", async () => {
    const url = `postgres://app:${encodeURIComponent(SECRET)}@127.0.0.1:${await closedPort()}/shop`;
    const context = await contextFor({ configuration: both, env: { ...urls, DATABASE_URL: url } });
    const { exitStatus, data } = await run(context, {});
    expect(exitStatus).toBe(3);
    expect(data.stores.map(({ store, state }) => [store, state])).toEqual([
      ["postgres", "down"],
      ["clickhouse", "up"],
    ]);
    expect(data.stores[0]?.error).toMatchObject({ code: "STORE_UNREACHABLE" });
    expectNoSecret(data);
  });

  test("an optional store that is down is a warning, with 0", async () => {
    const configuration = { stores: { postgres: {}, clickhouse: { optional: true } } };
    const env = { ...urls, CLICKHOUSE_URL: `http://127.0.0.1:${await closedPort()}` };
    const { exitStatus, data, warnings } = await run(await contextFor({ configuration, env }), {});
    expect(exitStatus).toBe(0);
    expect(data.stores[1]).toMatchObject({ store: "clickhouse", state: "down", optional: true });
    expect(warnings).toEqual([expect.objectContaining({ code: "STORE_UNREACHABLE", store: "clickhouse" })]);
  });

  test("a user that is not let in is 8, which beats 3", async () => {
    const clickhouse = new URL(urls.CLICKHOUSE_URL);
    clickhouse.password = encodeURIComponent(SECRET);
    const env = {
      DATABASE_URL: `postgres://127.0.0.1:${await closedPort()}/shop`,
      CLICKHOUSE_URL: clickhouse.href,
    };
    const { exitStatus, data } = await run(await contextFor({ configuration: both, env }), {});
    expect(exitStatus).toBe(8);
    expect(data.stores.map(({ error }) => error?.code)).toEqual(["STORE_UNREACHABLE", "AUTH_FAILED"]);
    expectNoSecret(data);
  });

  test("a role that PostgreSQL does not know is 8", async () => {
    const postgres = new URL(urls.DATABASE_URL);
    postgres.username = "nobody_of_this_name";
    const context = await contextFor({
      configuration: { stores: { postgres: {} } },
      env: { DATABASE_URL: postgres.href },
    });
    const { exitStatus, data } = await run(context, {});
    expect([exitStatus, data.stores[0]?.error?.code]).toEqual([8, "AUTH_FAILED"]);
  });

  test("a server that cannot encrypt is not let get away with it", async () => {
    const env = { DATABASE_URL: `${urls.DATABASE_URL}?sslmode=require&channel_binding=require` };
    const context = await contextFor({ configuration: { stores: { postgres: {} } }, env });
    const { exitStatus, data } = await run(context, {});
    expect(exitStatus).toBe(3);
    expect(data.stores[0]).toMatchObject({
      state: "down",
      encryption: { wanted: "require", channelBinding: "require", encrypted: null },
    });
  });

  test("sslmode=prefer does without", async () => {
    const env = { DATABASE_URL: `${urls.DATABASE_URL}?sslmode=prefer` };
    const { exitStatus, data } = await run(
      await contextFor({ configuration: { stores: { postgres: {} } }, env }),
      {},
    );
    expect(exitStatus).toBe(0);
    expect(data.stores[0]?.encryption).toMatchObject({ wanted: "prefer" });
  });
});

describe("dbctl test on what is no engine", () => {
  const settings = { connectTimeout: `${TIMEOUT_MS}ms` };
  const timed = { stores: { postgres: settings, clickhouse: settings } };

  test("a listener that never answers ends within the timeout with 3, both stores at once", async () => {
    const [postgres, clickhouse] = [await blackHole(), await blackHole()];
    const env = {
      DATABASE_URL: `postgres://app:${encodeURIComponent(SECRET)}@127.0.0.1:${postgres}/shop`,
      CLICKHOUSE_URL: `http://app:${encodeURIComponent(SECRET)}@127.0.0.1:${clickhouse}`,
    };
    const context = await contextFor({ configuration: timed, env });
    const startedMs = performance.now();
    const { exitStatus, data } = await run(context, {});
    expect(performance.now() - startedMs).toBeLessThan(TIMEOUT_MS + GRACE_MS);
    expect(exitStatus).toBe(3);
    expect(data.stores.map(({ error, address }) => [error?.code, address])).toEqual([
      ["STORE_TIMEOUT", `127.0.0.1:${postgres}`],
      ["STORE_TIMEOUT", `127.0.0.1:${clickhouse}`],
    ]);
    expectNoSecret(data);
  });

  test("an interruption ends it at once", async () => {
    const env = { DATABASE_URL: `postgres://127.0.0.1:${await blackHole()}/shop` };
    const controller = new AbortController();
    const context = await contextFor({
      configuration: { stores: { postgres: {} } },
      env,
      signal: controller.signal,
    });
    setTimeout(() => controller.abort(), 100);
    const startedMs = performance.now();
    await expect(run(context, {})).rejects.toMatchObject({ code: "CANCELLED" });
    expect(performance.now() - startedMs).toBeLessThan(100 + GRACE_MS);
  });

  test("a store without a URL is 2, and is shown beside the others", async () => {
    const env = { CLICKHOUSE_URL: `http://127.0.0.1:${await closedPort()}` };
    const { exitStatus, data } = await run(await contextFor({ configuration: timed, env }), {});
    expect(exitStatus).toBe(2);
    expect(data.stores.map(({ error }) => error?.code)).toEqual([
      "STORE_NOT_CONFIGURED",
      "STORE_UNREACHABLE",
    ]);
    expect(data.stores[0]).toMatchObject({ address: null, namespace: null });
  });

  test("a store that a flag leaves out is said to be", async () => {
    const env = { CLICKHOUSE_URL: `http://127.0.0.1:${await closedPort()}` };
    const context = await contextFor({ configuration: timed, env, selection: { skip: ["postgres"] } });
    const { exitStatus, data } = await run(context, {});
    expect([exitStatus, data.skipped, data.stores.length]).toEqual([3, ["postgres"], 1]);
  });

  test("no store at all is a fault", async () => {
    const context = await contextFor({ configuration: { stores: {} } });
    await expect(run(context, {})).rejects.toMatchObject({ code: "STORE_NOT_CONFIGURED" });
  });
});

function expectNoSecret(data: unknown): void {
  const text = JSON.stringify(data);
  for (const form of [SECRET, encodeURIComponent(SECRET), JSON.stringify(SECRET).slice(1, -1)]) {
    expect(text).not.toContain(form);
  }
}
