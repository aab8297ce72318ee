import { inspect } from "node:util";
import { afterAll, describe, expect, test } from "vitest";
import { t } from "../../../src/encoding/types.ts";
import type { Collection, Store } from "../../../src/stores/store.ts";
import { startProxy, type TcpProxy } from "../../conformance/proxy.ts";
import { engineOptions, hasEngine } from "../../support/engines.ts";
import { EVERYTHING, Kit, never, reading, rowsOf } from "./kit.ts";

const ID = { name: "id", column: "id", type: t.int() };

describe.skipIf(!hasEngine("clickhouse"))("the connection", () => {
  const kit = new Kit("connection");
  const proxies: TcpProxy[] = [];
  afterAll(async () => {
    for (const proxy of proxies) await proxy.close();
  });

  async function proxied(): Promise<{ readonly store: Store; readonly proxy: TcpProxy }> {
    const { connection } = engineOptions("clickhouse", kit.namespace);
    const proxy = await startProxy(connection);
    proxies.push(proxy);
    const store = await kit.ready({ connection: { ...connection, host: "127.0.0.1", port: proxy.port } });
    return { store, proxy };
  }

  function over(store: Store, name: string): Promise<Collection> {
    const projection = { fields: [ID, { name: "v", column: "v", type: t.text() }], keyLength: 1, where: [] };
    return store.collection({ store: "clickhouse", name }, projection, never);
  }

  test("a server that fails after it has begun to answer is never taken for one that has ended", async () => {
    const store = await kit.ready();
    await kit.sql("CREATE TABLE late (id UInt64, v String) ENGINE = MergeTree ORDER BY tuple()");
    await kit.sql(
      "INSERT INTO late SELECT if(number = 290000, 9223372036854775808, number), repeat('x', 100) FROM numbers(300000)",
    );
    const collection = await over(store, "late");
    let rows = 0;
    const reading_ = async () => {
      for await (const batch of collection.scan(reading)) rows += batch.rows;
    };
    await expect(reading_()).rejects.toMatchObject({ code: "VALUE_UNREPRESENTABLE" });
    expect(rows).toBeGreaterThan(10_000);
    expect(rows).toBeLessThan(300_000);
  });

  test("an answer that is cut off is never taken for a whole one", async () => {
    const { store, proxy } = await proxied();
    await kit.sql(
      "CREATE VIEW long AS SELECT toInt64(number) AS id, repeat('x', 1000) AS v FROM numbers(100000)",
    );
    const collection = await over(store, "long");
    let rows = 0;
    const read = async () => {
      for await (const batch of collection.scan(reading)) {
        if (rows === 0) proxy.cut();
        rows += batch.rows;
      }
    };
    await expect(read()).rejects.toMatchObject({ code: "STORE_UNREACHABLE" });
    expect(rows).toBeLessThan(100_000);
    // And the store goes on.
    expect(await collection.count(reading)).toBe(100_000);
  });

  test("what nobody waits for any more is stopped in the server", async () => {
    const store = await kit.ready({ applicationName: `${kit.namespace} stop` });
    await kit.sql(
      "CREATE VIEW slow AS SELECT toInt64(number) AS id, toString(sleepEachRow(0.5)) AS v FROM numbers(1000) SETTINGS max_block_size = 1",
    );
    const running = async () =>
      Number(
        await kit.sql(
          `SELECT count() FROM system.processes WHERE Settings['log_comment'] = '${kit.namespace} stop'`,
        ),
      );
    const collection = await over(store, "slow");
    const controller = new AbortController();
    const digest = (async () => {
      for await (const _ of collection.ordered?.digest?.([EVERYTHING], { signal: controller.signal }) ?? []);
    })();
    digest.catch(() => {});
    await expect.poll(running, { timeout: 5_000 }).toBeGreaterThan(0);
    const abortedMs = performance.now();
    controller.abort();
    await expect(digest).rejects.toMatchObject({ code: "CANCELLED" });
    expect(performance.now() - abortedMs).toBeLessThan(100);
    await expect.poll(running, { timeout: 5_000 }).toBe(0);

    const scan = rowsOf(collection.scan(reading));
    scan.catch(() => {});
    await expect.poll(running, { timeout: 5_000 }).toBeGreaterThan(0);
    const closedMs = performance.now();
    await store.close();
    expect(performance.now() - closedMs).toBeLessThan(1_000);
    await expect(scan).rejects.toMatchObject({ code: "STORE_CLOSED" });
    await expect.poll(running, { timeout: 5_000 }).toBe(0);
  });

  test("a pool of one serves a long read and short calls at once", async () => {
    const store = await kit.ready({ poolSize: 1 });
    await kit.sql("CREATE TABLE one (id Int64, v String) ENGINE = MergeTree ORDER BY id");
    await kit.sql("INSERT INTO one SELECT number, repeat('x', 200) FROM numbers(20000)");
    const collection = await over(store, "one");
    let looked = 0;
    for await (const _ of collection.scan(reading)) {
      looked += (await collection.lookup([[Buffer.alloc(8)]], reading)).length;
      await collection.count(reading);
    }
    expect(looked).toBeGreaterThan(2);
  });

  test("secrets stay where they are, whatever is wrong", async () => {
    const { connection } = engineOptions("clickhouse", kit.namespace);
    const password = "p&ss w%rd/'é";
    const forms = [
      password,
      encodeURIComponent(password),
      Buffer.from(`${connection.user}:${password}`).toString("base64"),
    ];
    const silent = await startProxy(null);
    proxies.push(silent);
    const tls = { verify: true, optional: false };
    const cases = [
      [{ ...connection, password }, "AUTH_FAILED"],
      [{ ...connection, password, port: 1 }, "STORE_UNREACHABLE"],
      [{ ...connection, password, port: silent.port }, "STORE_TIMEOUT"],
      [{ ...connection, password, tls }, "STORE_UNREACHABLE"],
      [{ ...connection, password, host: "no.such.host.invalid" }, "STORE_UNREACHABLE"],
    ] as const;
    for (const [wrong, code] of cases) {
      const store = kit.open({ connection: wrong, connectTimeoutMs: 1_000 });
      const startedMs = performance.now();
      const error: unknown = await store.connect(never).catch((thrown: unknown) => thrown);
      expect(performance.now() - startedMs).toBeLessThan(2_000);
      expect(error).toMatchObject({ code, store: "clickhouse" });
      const health = await store.health({ signal: never, deadlineMs: 1_000 });
      expect(health).toMatchObject({ state: "down", findings: [{ code, severity: "critical" }] });
      for (const form of forms) expect(inspect([error, health], { depth: 9 })).not.toContain(form);
    }
  });

  test("settings of the URL reach the server", async () => {
    const { connection } = engineOptions("clickhouse", kit.namespace);
    const store = await kit.ready({
      connection: { ...connection, parameters: { ch_max_result_rows: "1", sslmode: "x" } },
    });
    await kit.sql("CREATE TABLE two (id Int64, v String) ENGINE = MergeTree ORDER BY id");
    await kit.sql("INSERT INTO two VALUES (1, ''), (2, '')");
    await expect(over(store, "two")).rejects.toMatchObject({ data: { name: "TOO_MANY_ROWS_OR_BYTES" } });
  });
});
