import { describe, expect, test } from "vitest";
import { run } from "../../../src/commands/config-show.ts";
import { render } from "../../../src/ui/human/config-show.ts";
import { createStyle } from "../../../src/ui/human/style.ts";
import { contextFor, type ProjectOptions } from "./project.ts";

async function show(options: ProjectOptions, origin = true) {
  const context = await contextFor(options);
  const report = await run(context, { origin });
  const style = await createStyle({ width: 200, colorLevel: 0, unicode: true });
  const text = render(report.data, style).replaceAll(context.config.root, "ROOT");
  return { ...report, text };
}

const configuration = {
  stores: { postgres: { poolSize: 7 }, clickhouse: { connectTimeout: "2s" } },
  entities: [
    {
      name: "executions",
      key: ["id"],
      fields: { id: "uuid" },
      source: { store: "postgres", name: "executions" },
      copies: [{ store: "clickhouse", name: "executions_archive", role: "archive" }],
    },
  ],
};
const env = {
  DATABASE_URL: "postgresql+asyncpg://app:hunter42@db.example/shop?sslmode=require&channel_binding=require",
  CLICKHOUSE_HOST: "127.0.0.1",
  CLICKHOUSE_PASSWORD: "hunter43",
  DBCTL_ENV: "staging",
};

test("every effective value, with where it came from, without a secret", async () => {
  const { exitStatus, data, text, warnings } = await show({ configuration, env });
  expect([exitStatus, warnings]).toEqual([0, []]);
  expect(Object.fromEntries(data.values.map(({ path, value, origin }) => [path, [value, origin]]))).toEqual({
    name: ["shop", "dbctl.config.json"],
    environment: ["staging", "environment DBCTL_ENV"],
    "migrations.dir": ["migrations", "default"],
    "seeds.dir": ["seeds", "default"],
    "stores.postgres.url": [
      "postgres://app:***@db.example:5432/shop?channel_binding=require&sslmode=require",
      "environment DATABASE_URL",
    ],
    "stores.postgres.tls": ["require", "environment DATABASE_URL"],
    "stores.postgres.namespace": ["shop", "environment DATABASE_URL"],
    "stores.postgres.poolSize": ["7", "dbctl.config.json"],
    "stores.postgres.connectTimeout": ["5s", "default"],
    "stores.postgres.statementTimeout": ["30s", "default"],
    "stores.postgres.optional": ["false", "default"],
    "stores.clickhouse.url": ["http://default:***@127.0.0.1:8123", "environment CLICKHOUSE_HOST"],
    "stores.clickhouse.host": ["127.0.0.1", "environment CLICKHOUSE_HOST"],
    "stores.clickhouse.password": ["***", "environment CLICKHOUSE_PASSWORD"],
    "stores.clickhouse.tls": ["off", "default"],
    "stores.clickhouse.namespace": ["shop", "dbctl.config.json name"],
    "stores.clickhouse.poolSize": ["10", "default"],
    "stores.clickhouse.connectTimeout": ["2s", "dbctl.config.json"],
    "stores.clickhouse.statementTimeout": ["30s", "default"],
    "stores.clickhouse.optional": ["false", "default"],
    "entities.executions": [
      "postgres executions → clickhouse executions_archive (archive)",
      "dbctl.config.json",
    ],
  });
  expect(text).toMatch(/^setting +value +from\n/);
  expect(text).toMatch(/^stores\.postgres\n(?: {2}.*\n)* {2}poolSize +7 +dbctl\.config\.json$/m);
  expect(text).toMatch(/\n\nread ROOT\/dbctl\.config\.json$/);
  expect(JSON.stringify(data) + text).not.toMatch(/hunter4/);
});

test("without --origin the origins are left out", async () => {
  const { data, text } = await show({ configuration, env }, false);
  expect(new Set(data.values.map(({ origin }) => origin))).toEqual(new Set([null]));
  expect(text.split("\n")[0]).toMatch(/^setting +value$/);
});

test("sections stand in their order, whatever is known first", async () => {
  const { data } = await show({ configuration, env });
  const sections = [...new Set(data.values.map(({ path }) => path.split(".")[0]))];
  expect(sections).toEqual(["name", "environment", "migrations", "seeds", "stores", "entities"]);
});

describe("a store without a URL", () => {
  test.each([
    ["development", 0],
    ["testing", 0],
    ["staging", 2],
    ["production", 2],
  ])("in %s: status %i", async (environment, status) => {
    const { exitStatus, warnings, text } = await show({ configuration, flags: { env: environment } });
    expect(exitStatus).toBe(status);
    expect(warnings.map(({ code, store }) => [code, store])).toEqual([
      ["STORE_NOT_CONFIGURED", "postgres"],
      ["STORE_NOT_CONFIGURED", "clickhouse"],
    ]);
    expect(text).toMatch(/^stores\.postgres\n {2}url +\(not set\)/m);
  });

  test("is nothing to speak of when it is optional", async () => {
    const optional = { stores: { postgres: { optional: true } } };
    const { exitStatus, warnings } = await show({ configuration: optional, flags: { env: "production" } });
    expect([exitStatus, warnings]).toEqual([0, []]);
  });
});
