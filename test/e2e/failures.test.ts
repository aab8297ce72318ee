/** Every command against a store that is stopped, refuses our password, or holds its port and never answers. */
import { createServer, type Server, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { engineUrl, hasEngine } from "../support/engines.ts";
import { dbctl } from "./cli/dbctl.ts";
import { createProject, type Project } from "./cli/project.ts";

const ESC = "\u001b";
/** Every character that some layer may escape in a way of its own. */
const PASSWORD = "p@ss w:rd/#?&%+ü'\"\\";
const CONNECT_TIMEOUT_MS = 1_500;
/** What a command may take beyond its connect timeout: start, other stores, output. */
const SLACK_MS = 6_000;

const COMMANDS = [
  "init",
  "migrate up",
  "migrate up --dry-run",
  "migrate down",
  "migrate status",
  "seed",
  "seed clean --confirm=shop",
  "sync",
  "status",
  "verify-consistency",
  "verify-consistency --repair --delete-extra",
  "reset --confirm=shop",
  "test",
] as const;

const STORES = ["postgres", "clickhouse"] as const;
type Engine = (typeof STORES)[number];

const CONFIG = `export default ({ entity, t, postgres, clickhouse }) => ({
  name: "shop",
  namespace: process.env.SHOP_NAMESPACE,
  stores: {
    postgres: { url: process.env.SHOP_POSTGRES, connectTimeout: "${CONNECT_TIMEOUT_MS}ms" },
    clickhouse: { url: process.env.SHOP_CLICKHOUSE, connectTimeout: "${CONNECT_TIMEOUT_MS}ms" },
  },
  entities: [
    entity("orders", {
      key: ["id"],
      fields: { id: t.int(), title: t.text() },
      source: postgres("orders"),
      copies: [clickhouse("orders")],
    }),
  ],
});
`;
const SEED = `export default ({ defineSeed }) => defineSeed({
  name: "orders",
  entities: { orders: { *rows() { yield { id: 1, title: "first" }; } } },
});
`;

describe.skipIf(!STORES.every(hasEngine))("a store that fails", () => {
  let project: Project;
  let blackHole: Server;
  let closedPort: number;
  const sockets = new Set<Socket>();

  beforeAll(async () => {
    blackHole = await listen((socket) => sockets.add(socket));
    const closed = await listen(() => {});
    closedPort = portOf(closed);
    await new Promise((resolve) => closed.close(resolve));
    project = createProject("failures");
    project.delete("dbctl.config.json");
    project.write("dbctl.config.mjs", CONFIG);
    project.write("seeds/orders.mjs", SEED);
    project.write(
      "migrations/0001_orders/postgres.up.sql",
      "CREATE TABLE orders (id int PRIMARY KEY, title text);",
    );
    project.write("migrations/0001_orders/postgres.down.sql", "DROP TABLE orders;");
    project.write(
      "migrations/0001_orders/clickhouse.up.sql",
      "CREATE TABLE orders (id Int32, title Nullable(String)) ENGINE = MergeTree ORDER BY id;",
    );
    project.write("migrations/0001_orders/clickhouse.down.sql", "DROP TABLE orders;");
    for (const line of ["init", "migrate up", "seed"]) {
      const { status, stderr } = await run(line, {});
      expect(status, `dbctl ${line}\n${stderr}`).toBe(0);
    }
  });

  afterAll(async () => {
    await run("reset --confirm=shop", {});
    project.remove();
    for (const socket of sockets) socket.destroy();
    blackHole.close();
  });

  function run(line: string, urls: Partial<Record<Engine, string>>) {
    return dbctl(line.split(" "), {
      cwd: project.folder,
      env: {
        SHOP_NAMESPACE: project.namespace,
        SHOP_POSTGRES: urls.postgres ?? engineUrl("postgres"),
        SHOP_CLICKHOUSE: urls.clickhouse ?? engineUrl("clickhouse"),
      },
    });
  }

  function brokenUrl(store: Engine, fault: string): string {
    const url = new URL(engineUrl(store) ?? "");
    if (fault === "stopped") url.port = String(closedPort);
    if (fault === "black hole") url.port = String(portOf(blackHole));
    url.username = url.username || "dbctl";
    url.password = encodeURIComponent(PASSWORD);
    return url.href;
  }

  describe.each(STORES)("%s", (store) => {
    describe.each([
      ["stopped", 3],
      ["black hole", 3],
      ["wrong password", 8],
    ] as const)("%s", (fault, expected) => {
      test.each(COMMANDS)("dbctl %s", async (line) => {
        const url = brokenUrl(store, fault);
        const startedAtMs = performance.now();
        const [human, json] = await Promise.all([
          run(`${line} --verbose`, { [store]: url }),
          run(`${line} --json`, { [store]: url }),
        ]);
        const elapsedMs = performance.now() - startedAtMs;
        const everything = [human.stdout, human.stderr, json.stdout, json.stderr].join("\n");
        expect({ human: human.status, json: json.status }, everything).toEqual({
          human: expected,
          json: expected,
        });
        expect(JSON.parse(json.stdout)).toMatchObject({ schemaVersion: 1, exitCode: expected });
        expect(human.stdout + human.stderr).toContain(store);
        expect(json.stdout).toContain(store);
        for (const secret of [PASSWORD, encodeURIComponent(PASSWORD), new URL(url).password]) {
          expect(everything).not.toContain(secret);
        }
        expect(everything).not.toContain(ESC);
        expect(elapsedMs).toBeLessThan(CONNECT_TIMEOUT_MS + SLACK_MS);
      });
    });
  });

  test("nothing was written by any of them", async () => {
    const { status, stdout } = await run("verify-consistency --json", {});
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ data: { state: "equal" } });
  });
});

function listen(onConnection: (socket: Socket) => void): Promise<Server> {
  const server = createServer(onConnection);
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}
