import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { engineUrl, hasEngine } from "../../support/engines.ts";
import { dbctl } from "./dbctl.ts";
import { createShop, type Shop } from "./project.ts";

/** With what URLs, JSON and regular expressions treat in their own ways. */
const SECRET = "0pen/sesame+1 %$&";
/** Connecting may take 2 s, `status` as a whole 2 s; the rest is the start of Node on a busy machine. */
const MOST_MS = 12_000;

/** Every command that needs its stores. */
const LINES = [
  "init",
  "migrate up",
  "migrate down",
  "migrate status",
  "seed",
  "seed clean --confirm=shop",
  "sync",
  "verify-consistency",
  "status",
  "reset --confirm=shop",
  "test",
];

describe.skipIf(!hasEngine("postgres") || !hasEngine("clickhouse"))("a sick store", () => {
  let shop: Shop;
  let silence: Server;

  beforeAll(async () => {
    shop = createShop("faults");
    silence = createServer(() => {}).listen(0, "127.0.0.1");
    await once(silence, "listening");
    for (const line of ["init", "migrate up", "seed"]) {
      const ended = await dbctl(line.split(" "), { cwd: shop.folder, env: shop.env });
      expect(ended.status, ended.stderr).toBe(0);
    }
  });

  afterAll(async () => {
    silence.close();
    await dbctl(["reset", "--confirm=shop"], { cwd: shop.folder, env: shop.env });
    shop.remove();
  });

  /** The store's URL with a password, and with another port where one is given. */
  function sick(store: "postgres" | "clickhouse", port?: number): Record<string, string> {
    const name = `SHOP_${store.toUpperCase()}`;
    const url = new URL(shop.env[name] ?? "");
    url.password = encodeURIComponent(SECRET);
    if (port !== undefined) url.port = String(port);
    return { ...shop.env, [name]: url.href };
  }

  /** In time, with the status, naming the store, and without the password in any form in any stream. */
  async function expectFault(line: string, status: number, store: string, env: Record<string, string>) {
    const startMs = performance.now();
    const args = [...line.split(" "), "--json", "--verbose"];
    const { stdout, stderr, ...ended } = await dbctl(args, { cwd: shop.folder, env });
    const tookMs = performance.now() - startMs;
    expect(ended.status, `dbctl ${line}\n${stdout}${stderr}`).toBe(status);
    expect(tookMs, `dbctl ${line}`).toBeLessThan(MOST_MS);
    const { exitCode, data, error } = JSON.parse(stdout);
    expect(exitCode).toBe(status);
    expect(JSON.stringify(error ?? data)).toContain(store);
    const forms = [
      SECRET,
      encodeURIComponent(SECRET),
      encodeURI(SECRET),
      JSON.stringify(SECRET).slice(1, -1),
    ];
    for (const form of forms) expect(stdout + stderr, `dbctl ${line}`).not.toContain(form);
  }

  /** A few side by side: most of their time they wait. */
  async function expectFaults(status: number, store: "postgres" | "clickhouse", env: Record<string, string>) {
    for (let from = 0; from < LINES.length; from += 3) {
      const lines = LINES.slice(from, from + 3);
      await Promise.all(lines.map((line) => expectFault(line, status, store, env)));
    }
  }

  const silentPort = () => (silence.address() as AddressInfo).port;
  const hasPassword = new URL(engineUrl("postgres") ?? "postgres://x").password !== "";

  test("PostgreSQL stopped: 3", () => expectFaults(3, "postgres", sick("postgres", 1)));
  test("ClickHouse stopped: 3", () => expectFaults(3, "clickhouse", sick("clickhouse", 1)));
  test("ClickHouse with another password: 8", () => expectFaults(8, "clickhouse", sick("clickhouse")));
  // A server that trusts everybody cannot refuse a password; the local stack's asks for one.
  test.skipIf(!hasPassword)("PostgreSQL with another password: 8", () =>
    expectFaults(8, "postgres", sick("postgres")),
  );
  test("a listener that never answers on PostgreSQL's port: 3", () =>
    expectFaults(3, "postgres", sick("postgres", silentPort())));
  test("a listener that never answers on ClickHouse's port: 3", () =>
    expectFaults(3, "clickhouse", sick("clickhouse", silentPort())));
});
