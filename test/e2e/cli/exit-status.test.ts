import { type ChildProcess, spawn } from "node:child_process";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { engineUrl, hasEngine } from "../../support/engines.ts";
import { binary, cleanEnv, dbctl } from "./dbctl.ts";
import { createProject, type Project } from "./project.ts";

const ESC = "\u001b";
const SECRET = "open sesame/1";

/** `orders` in PostgreSQL, copied to ClickHouse; a configuration that needs no local install of dbctl. */
const CONFIG = `export default ({ entity, t, postgres, clickhouse }) => ({
  name: "shop",
  namespace: process.env.SHOP_NAMESPACE,
  stores: { postgres: { url: process.env.SHOP_POSTGRES }, clickhouse: { url: process.env.SHOP_CLICKHOUSE } },
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

describe.skipIf(!hasEngine("postgres") || !hasEngine("clickhouse"))("one status a meaning", () => {
  let project: Project;
  let env: Record<string, string>;

  /** The status for humans, which must be the one with --json; neither stream holds colours or a secret. */
  async function expectStatus(
    status: number,
    line: string,
    override: Record<string, string> = {},
  ): Promise<void> {
    const args = line.split(" ");
    const options = { cwd: project.folder, env: { ...env, ...override } };
    const human = await dbctl([...args, "--verbose"], options);
    const json = await dbctl([...args, "--json"], options);
    expect(human.status, `dbctl ${line}\n${human.stdout}${human.stderr}`).toBe(status);
    expect(json.status, `dbctl ${line} --json\n${json.stdout}`).toBe(status);
    const { schemaVersion, exitCode, command } = JSON.parse(json.stdout);
    expect({ schemaVersion, exitCode }).toEqual({ schemaVersion: 1, exitCode: status });
    expect(line.startsWith(command)).toBe(true);
    for (const text of [human.stdout, human.stderr, json.stdout, json.stderr]) {
      expect(text).not.toContain(ESC);
      expect(text).not.toContain(SECRET);
      expect(text).not.toContain(encodeURIComponent(SECRET));
    }
  }

  async function sql(text: string): Promise<void> {
    const url = new URL(engineUrl("postgres") ?? "");
    url.pathname = `/${project.namespace}`;
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    await client.query(text);
    await client.end();
  }

  async function clickhouse(text: string): Promise<void> {
    const url = new URL(engineUrl("clickhouse") ?? "");
    const headers = { authorization: `Basic ${btoa(`${url.username}:${decodeURIComponent(url.password)}`)}` };
    const response = await fetch(`${url.origin}/?database=${project.namespace}&mutations_sync=2`, {
      method: "POST",
      headers,
      body: text,
    });
    if (!response.ok) throw new Error(await response.text());
  }

  function withPassword(store: "postgres" | "clickhouse", change: (url: URL) => void): string {
    const url = new URL(engineUrl(store) ?? "");
    url.password = encodeURIComponent(SECRET);
    change(url);
    return url.href;
  }

  function migration(version: string, postgres: string, clickhouse: string): void {
    project.write(`migrations/${version}/postgres.up.sql`, postgres);
    project.write(`migrations/${version}/clickhouse.up.sql`, clickhouse);
  }

  beforeAll(async () => {
    project = createProject("exits");
    project.write("dbctl.config.mjs", CONFIG);
    project.delete("dbctl.config.json");
    env = {
      SHOP_NAMESPACE: project.namespace,
      SHOP_POSTGRES: engineUrl("postgres") ?? "",
      SHOP_CLICKHOUSE: engineUrl("clickhouse") ?? "",
    };
    migration(
      "0001_orders",
      "CREATE TABLE orders (id bigint PRIMARY KEY, title text NOT NULL);\n",
      "CREATE TABLE orders (id Int64, title String) ENGINE = ReplacingMergeTree ORDER BY id;\n",
    );
    project.write("migrations/0001_orders/postgres.down.sql", "DROP TABLE orders;\n");
    project.write("migrations/0001_orders/clickhouse.down.sql", "DROP TABLE orders;\n");
    await expectStatus(0, "init");
    await expectStatus(0, "migrate up");
    await sql("INSERT INTO orders SELECT n, 'order ' || n FROM generate_series(1, 100) n");
    await expectStatus(0, "sync");
  });

  afterAll(async () => {
    await dbctl(["reset", "--confirm=shop"], { cwd: project.folder, env });
    project.remove();
  });

  test("0: it is as it should be", async () => {
    const lines = ["migrate status", "status", "verify-consistency", "test", "config show"];
    await Promise.all(lines.map((line) => expectStatus(0, line)));
  });

  test("1: it ran and failed", async () => {
    migration("0002_broken", "CREATE TABLE broken (id nonsense);\n", "SELECT 1;\n");
    await expectStatus(1, "migrate up");
    project.delete("migrations/0002_broken");
  });

  test("2: the line or the configuration is wrong", async () => {
    await expectStatus(2, "status --nonsense");
    await expectStatus(2, "status", { SHOP_POSTGRES: `nonsense://x:${SECRET}@y` });
    await expectStatus(2, "sync --entities nonsense");
  });

  test("3: a store that was needed is unreachable", async () => {
    const away = withPassword("postgres", (url) => {
      url.port = "1";
    });
    const lines = ["migrate status", "migrate up", "init", "sync", "verify-consistency", "status", "test"];
    await Promise.all(lines.map((line) => expectStatus(3, line, { SHOP_POSTGRES: away })));
  });

  test("4: refused by a guard", async () => {
    await expectStatus(4, "reset");
    await expectStatus(4, "reset --yes");
    await expectStatus(4, "reset --confirm another");
    await expectStatus(4, "reset --confirm shop --env production");
    await expectStatus(4, "migrate down --env production");
  });

  test("5: history and files disagree", async () => {
    const path = "migrations/0001_orders/postgres.up.sql";
    const applied = project.read(path);
    project.write(path, `${applied}-- edited\n`);
    await expectStatus(5, "migrate status");
    await expectStatus(5, "migrate up");
    project.write(path, applied);
    await expectStatus(0, "migrate status");
  });

  test("6: the stores differ", async () => {
    await clickhouse("INSERT INTO orders VALUES (7, 'another')");
    await expectStatus(6, "verify-consistency");
    await expectStatus(0, "verify-consistency --repair");
  });

  test("7: another run holds the lock", async () => {
    migration("0002_slow", "SELECT pg_sleep(60);\n", "SELECT 1;\n");
    const holder = spawn(process.execPath, [binary, "migrate", "up", "--events"], {
      cwd: project.folder,
      env: { ...cleanEnv(), ...env },
    });
    await seen(holder, "0002");
    await expectStatus(7, "migrate up --lock-wait 200ms");
    const ended = new Promise((resolve) => holder.on("close", resolve));
    holder.kill("SIGINT");
    expect(await ended).toBe(130);
    project.delete("migrations/0002_slow");
    await expectStatus(0, "migrate status");
  });

  test("8: the store knows us not", async () => {
    const stranger = withPassword("clickhouse", () => {});
    const lines = ["migrate status", "init", "verify-consistency", "status", "test"];
    await Promise.all(lines.map((line) => expectStatus(8, line, { SHOP_CLICKHOUSE: stranger })));
  });

  test("9: a threshold was breached", async () => {
    await clickhouse("RENAME TABLE orders TO elsewhere");
    await expectStatus(9, "status --fail-on warning");
    await clickhouse("RENAME TABLE elsewhere TO orders");
    await expectStatus(0, "status --fail-on warning");
  });

  test("10: not everything was looked at", async () => {
    await expectStatus(10, "verify-consistency --skip-clickhouse");
  });
});

/** Resolves when the process has written `part` to stdout. */
function seen(child: ChildProcess, part: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes(part)) resolve();
    });
    child.on("close", () => reject(new Error(`it ended without "${part}": ${text}`)));
  });
}
