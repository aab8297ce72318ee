import { afterAll, describe, expect, it } from "vitest";
import { t } from "../../../src/encoding/types.ts";
import { openPostgres } from "../../../src/stores/postgres/index.ts";
import type { Connection, Store, StoreOptions } from "../../../src/stores/store.ts";
import { engineOptions, hasEngine } from "../../support/engines.ts";
import { batches, collectionOf, encode, failure, Kit, LOGIN, never, reading } from "./kit.ts";
import { blackHole, TcpProxy, TransactionPooler } from "./proxy.ts";

const PASSWORD = "s3cr3t p@ss/wörd%";

/** Everything that a human could get to see of an error. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = Object.fromEntries(
    Object.getOwnPropertyNames(error).map((name) => [name, Reflect.get(error, name)]),
  );
  return `${JSON.stringify(own)}${error.stack}${textOf(error.cause ?? "")}`;
}

describe.skipIf(!hasEngine("postgres"))("when the server is not well", () => {
  const kit = new Kit("faults");
  const ready = kit.ready();
  const servers: { close(): void }[] = [];
  afterAll(() => {
    for (const server of servers) server.close();
  });

  function open(connection: Partial<Connection>, options: Partial<StoreOptions> = {}): Store {
    const base = engineOptions("postgres", kit.namespace);
    return kit.open({
      ...base,
      connectTimeoutMs: 500,
      ...options,
      connection: { ...base.connection, ...connection },
    });
  }
  async function proxied(options: Partial<StoreOptions> = {}) {
    await ready;
    const proxy = await TcpProxy.start();
    servers.push(proxy);
    return { proxy, store: open({ host: "127.0.0.1", port: proxy.port }, options) };
  }

  it.each([
    ["a port where nobody listens", { port: 1 }, "STORE_UNREACHABLE"],
    ["a name that there is not", { host: "nowhere.invalid" }, "STORE_UNREACHABLE"],
    ["a host that swallows packets", { host: "192.0.2.1" }, "STORE_TIMEOUT|STORE_UNREACHABLE"],
    [
      "a server that must encrypt and can't",
      { tls: { verify: false, optional: false } },
      "STORE_UNREACHABLE",
    ],
  ])("%s", async (_label, connection, code) => {
    const store = open({ ...connection, password: PASSWORD });
    const startedMs = performance.now();
    const error = await failure(store.connect(never));
    expect(error.code).toMatch(new RegExp(`^(${code})$`));
    expect(performance.now() - startedMs).toBeLessThan(2_000);
    expect(error.message).toContain(store.address);
    const report = await store.health({ signal: never, deadlineMs: 600 });
    expect(report).toMatchObject({ state: "down", version: null, namespaceExists: false });
    for (const secret of [PASSWORD, encodeURIComponent(PASSWORD)]) {
      expect(textOf(error) + JSON.stringify(report)).not.toContain(secret);
    }
  });

  it("encrypts only if it can where that was asked for", async () => {
    await ready;
    const store = open({ tls: { verify: true, optional: true } });
    await store.connect(never);
    expect(await store.inspectSession?.(never)).toMatchObject({ tls: null });
  });

  it("a server that never answers ends every call in time, health within its deadline, close within a second", async () => {
    const hole = await blackHole();
    servers.push(hole);
    const store = open({ host: "127.0.0.1", port: hole.port });
    for (const call of [
      store.connect(never),
      store.ensureNamespace(never),
      store.migrations.history(never),
    ]) {
      expect(await failure(call)).toMatchObject({ code: "STORE_TIMEOUT" });
    }
    const startedMs = performance.now();
    const report = await store.health({ signal: never, deadlineMs: 300 });
    expect(performance.now() - startedMs).toBeLessThan(400);
    expect(report.findings).toEqual([
      expect.objectContaining({ code: "STORE_TIMEOUT", severity: "critical" }),
    ]);
    const connecting = failure(store.connect(never));
    const closingMs = performance.now();
    await store.close();
    expect(performance.now() - closingMs).toBeLessThan(1_000);
    expect(await connecting).toMatchObject({ code: "STORE_CLOSED" });
  });

  it("a server that hangs in the middle: reads, loads and locks give up, aborting works, close ends", async () => {
    await kit.ready();
    await kit.sql(
      "CREATE TABLE work (id int PRIMARY KEY, s text); CREATE VIEW streaming AS SELECT generate_series(1, 100000000) AS id",
    );
    const { proxy, store } = await proxied({ statementTimeoutMs: 400 });
    const work = await collectionOf(store, "work", { id: t.int(), s: t.text() });
    const streaming = await collectionOf(store, "streaming", { id: t.int() });
    const scan = streaming.scan(reading)[Symbol.asyncIterator]();
    await scan.next();
    const load = work.load(batches(encode(work, [{ id: -1, s: "x" }])), { signal: never, mode: "insert" });
    await load;
    proxy.hang();
    const startedMs = performance.now();
    const rest = (async () => {
      while ((await scan.next()).done !== true);
    })();
    expect(await failure(rest)).toMatchObject({ code: "STORE_TIMEOUT" });
    expect(performance.now() - startedMs).toBeLessThan(4_000);
    const controller = new AbortController();
    const counting = failure(work.count({ signal: controller.signal }));
    setTimeout(() => controller.abort(), 50);
    expect(await counting).toMatchObject({ code: "CANCELLED" });
    const closingMs = performance.now();
    await store.close();
    expect(performance.now() - closingMs).toBeLessThan(1_000);
    expect(await failure(work.count(reading))).toMatchObject({ code: "STORE_CLOSED" });
  });

  it("aborting a long statement ends it here within 100 ms, and in the server soon after", async () => {
    await ready;
    const store = open({}, { applicationName: "dbctl-abort", statementTimeoutMs: 0 });
    await kit.sql(
      "CREATE VIEW endless AS SELECT i AS id FROM generate_series(1, 1000000000000) i WHERE i < 0",
    );
    const endless = await collectionOf(store, "endless", { id: t.int() });
    const controller = new AbortController();
    const counting = failure(endless.count({ signal: controller.signal }));
    await expect
      .poll(() =>
        kit.sql("SELECT FROM pg_stat_activity WHERE application_name = 'dbctl-abort' AND state = 'active'"),
      )
      .toHaveLength(1);
    const abortedMs = performance.now();
    controller.abort();
    expect(await counting).toMatchObject({ code: "CANCELLED" });
    expect(performance.now() - abortedMs).toBeLessThan(150);
    await expect
      .poll(() =>
        kit.sql("SELECT FROM pg_stat_activity WHERE application_name = 'dbctl-abort' AND state = 'active'"),
      )
      .toEqual([]);
  });

  it("health does not wait for the pool; too many clients is a finding", async () => {
    await ready;
    const role = `dbctl_few_${process.pid}`;
    await kit.sql(`CREATE ROLE ${role} ${LOGIN} CONNECTION LIMIT 1`);
    const store = open({ user: role }, { poolSize: 1 });
    const holder = await kit.client(kit.namespace, role);
    const report = await store.health({ signal: never, deadlineMs: 1_000 });
    expect(report.findings).toEqual([
      expect.objectContaining({
        code: "STORE_UNREACHABLE",
        severity: "critical",
        message: expect.stringContaining("too many connections"),
      }),
    ]);
    expect(await failure(store.connect(never))).toMatchObject({ code: "STORE_UNREACHABLE" });
    await holder.end();
    await expect
      .poll(() =>
        store.connect(never).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
    await store.close();
    await expect
      .poll(() =>
        kit.sql(`DROP ROLE ${role}`).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
  });

  it("short work waits for its turn in a small pool, and dedicated work does not take it", async () => {
    await ready;
    await kit.sql(
      "CREATE TABLE small (id int PRIMARY KEY); INSERT INTO small SELECT generate_series(1, 200000)",
    );
    const store = open({}, { poolSize: 1, applicationName: "dbctl-small" });
    const small = await collectionOf(store, "small", { id: t.int() });
    const scans = [1, 2, 3].map(() => small.scan(reading)[Symbol.asyncIterator]());
    for (const scan of scans) expect((await scan.next()).done).toBe(false);
    const counts = await Promise.all(Array.from({ length: 12 }, () => small.count(reading)));
    expect(new Set(counts)).toEqual(new Set([200_000]));
    for (const scan of scans) await scan.return?.(undefined);
    const [row] = await kit.sql(
      "SELECT count(*)::int FROM pg_stat_activity WHERE application_name = 'dbctl-small'",
    );
    expect(row?.count).toBeLessThanOrEqual(4);
  });

  it("reads and writes behind a pooler that shares connections by transaction, and leaves no setting behind", async () => {
    await ready;
    await kit.sql("CREATE TABLE pooled (id int PRIMARY KEY, s text)");
    const pooler = await TransactionPooler.start(kit.namespace);
    servers.push(pooler);
    const store = open({ host: "127.0.0.1", port: pooler.port });
    const pooled = await collectionOf(store, "pooled", { id: t.int(), s: t.text() });
    const rows = encode(
      pooled,
      Array.from({ length: 3_000 }, (_, id) => ({ id, s: `s${id}` })),
    );
    for (const mode of ["insert", "upsert"] as const) {
      expect(await pooled.load(batches(rows), { signal: never, mode })).toMatchObject({ rows: 3_000 });
    }
    expect(await pooled.count(reading)).toBe(3_000);
    expect(await pooled.ordered?.split(1_000, reading)).toHaveLength(3);
    await store.migrations.ensureHistory(never);
    expect(await store.migrations.history(never)).toEqual([]);
    expect(await pooler.query("SELECT name FROM pg_settings WHERE source = 'session'")).not.toMatch(
      /timeout|search_path|row_security|jit/,
    );
  });

  it("takes nothing from the environment of libpq", async () => {
    await ready;
    const before = { ...process.env };
    Object.assign(process.env, {
      PGOPTIONS: "-c search_path=nowhere -c default_transaction_read_only=on",
      PGPASSWORD: "x",
      PGUSER: "nobody",
      PGSSLMODE: "require",
      PGAPPNAME: "odd",
    });
    try {
      const store = openPostgres(engineOptions("postgres", kit.namespace));
      await store.migrations.ensureHistory(never);
      expect(await store.inspectSession?.(never)).toMatchObject({
        user: engineOptions("postgres", "").connection.user,
      });
      await store.close();
    } finally {
      process.env = before;
    }
  });
});
