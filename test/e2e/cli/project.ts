import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import pg from "pg";
import { engineUrl, testNamespace } from "../../support/engines.ts";

/** A folder with a configuration in it. */
export interface Project {
  readonly folder: string;
  readonly namespace: string;
  /** Writes a file below the folder. */
  write(path: string, text: string): void;
  read(path: string): string;
  /** Removes a file or folder below the folder. */
  delete(path: string): void;
  remove(): void;
}

/** A project named `shop` in a temporary folder, in a namespace of its own. */
export function createProject(purpose: string, config: Readonly<Record<string, unknown>>): Project {
  const folder = mkdtempSync(join(tmpdir(), "dbctl-cli-"));
  const namespace = testNamespace(purpose);
  const project: Project = {
    folder,
    namespace,
    write(path, text) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    },
    read: (path) => readFileSync(join(folder, path), "utf8"),
    delete: (path) => rmSync(join(folder, path), { recursive: true }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
  project.write("dbctl.config.json", JSON.stringify({ name: "shop", namespace, ...config }));
  return project;
}

/** Needs no local install of dbctl: the helpers are handed to it. */
const SHOP_CONFIG = `export default ({ entity, t, postgres, clickhouse }) => ({
  name: "shop",
  namespace: process.env.SHOP_NAMESPACE,
  stores: {
    postgres: { url: process.env.SHOP_POSTGRES, connectTimeout: "2s" },
    clickhouse: { url: process.env.SHOP_CLICKHOUSE, connectTimeout: "2s" },
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

const SHOP_SEED = `export default ({ defineSeed }) => defineSeed({
  name: "orders",
  entities: {
    orders: {
      *rows({ scale }) {
        for (let id = 1; id <= 100 * scale; id++) yield { id, title: "order " + id };
      },
    },
  },
});
`;

export interface Shop extends Project {
  /** What the configuration reads: the stores' URLs and the namespace. */
  readonly env: Readonly<Record<string, string>>;
  migration(version: string, postgres: string, clickhouse: string): void;
  sql(text: string): Promise<void>;
  clickhouse(text: string): Promise<void>;
}

/** `orders` in PostgreSQL, copied to ClickHouse, on the shared engines: one migration and a seed, nothing run yet. */
export function createShop(purpose: string): Shop {
  const project = createProject(purpose, {});
  project.delete("dbctl.config.json");
  project.write("dbctl.config.mjs", SHOP_CONFIG);
  project.write("seeds/orders.mjs", SHOP_SEED);
  const migration: Shop["migration"] = (version, postgres, clickhouse) => {
    project.write(`migrations/${version}/postgres.up.sql`, postgres);
    project.write(`migrations/${version}/clickhouse.up.sql`, clickhouse);
  };
  migration(
    "0001_orders",
    "CREATE TABLE orders (id bigint PRIMARY KEY, title text NOT NULL);\n",
    "CREATE TABLE orders (id Int64, title String) ENGINE = ReplacingMergeTree ORDER BY id;\n",
  );
  project.write("migrations/0001_orders/postgres.down.sql", "DROP TABLE orders;\n");
  project.write("migrations/0001_orders/clickhouse.down.sql", "DROP TABLE orders;\n");
  const { namespace } = project;
  return {
    ...project,
    migration,
    env: {
      SHOP_NAMESPACE: namespace,
      SHOP_POSTGRES: engineUrl("postgres") ?? "",
      SHOP_CLICKHOUSE: engineUrl("clickhouse") ?? "",
    },
    sql: (text) => postgresSql(namespace, text),
    clickhouse: (text) => clickhouseSql(namespace, text),
  };
}

async function postgresSql(namespace: string, text: string): Promise<void> {
  const url = new URL(engineUrl("postgres") ?? "");
  url.pathname = `/${namespace}`;
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  await client.query(text);
  await client.end();
}

async function clickhouseSql(namespace: string, text: string): Promise<void> {
  const url = new URL(engineUrl("clickhouse") ?? "");
  const response = await fetch(`${url.origin}/?database=${namespace}&mutations_sync=2`, {
    method: "POST",
    headers: { authorization: `Basic ${btoa(`${url.username}:${decodeURIComponent(url.password)}`)}` },
    body: text,
  });
  if (!response.ok) throw new Error(await response.text());
}
