import { describe, expect, test } from "vitest";
import { faultsOf, jsonProject, load } from "./project.ts";

describe("which environment", () => {
  test.each([
    [{}, {}, "development", false],
    [{ env: "staging" }, { DBCTL_ENV: "production" }, "staging", true],
    [{}, { DBCTL_ENV: "production", NODE_ENV: "test" }, "production", true],
    [{}, { NODE_ENV: "test" }, "testing", true],
    [{}, { NODE_ENV: "testing" }, "testing", true],
    [{}, { NODE_ENV: "development" }, "development", true],
    [{}, { NODE_ENV: "Production" }, "production", true],
    [{}, { NODE_ENV: "" }, "development", false],
  ] as const)("flags %o, variables %o: %s", async (flags, env, environment, environmentNamed) => {
    const config = await load(await jsonProject({}), { flags, env });
    expect(config).toMatchObject({ environment, environmentNamed });
  });

  test("also from .env.local and .env, which NODE_ENV of the environment beats", async () => {
    const root = await jsonProject({}, { ".env": "NODE_ENV=production\n" });
    expect(await load(root)).toMatchObject({ environment: "production", environmentNamed: true });
    expect(await load(root, { env: { NODE_ENV: "staging" } })).toMatchObject({ environment: "staging" });
  });

  test.each([
    [{ env: { NODE_ENV: "prod" } }, "NODE_ENV", "environment", 'did you mean "production"?'],
    [{ env: { DBCTL_ENV: "stagin" } }, "DBCTL_ENV", "environment", 'did you mean "staging"?'],
    [{ flags: { env: "qa" } }, "env", "--env", undefined],
  ])("%o is a fault", async (options, path, origin, suggestion) => {
    const faults = await faultsOf(await jsonProject({}), options);
    expect(faults).toEqual([
      expect.objectContaining({ path, origin, message: expect.stringContaining("is no environment") }),
    ]);
    expect(faults[0]?.suggestion).toBe(suggestion);
  });
});

describe("what depends on it", () => {
  test.each([
    ["development", 10, 5],
    ["testing", 10, 5],
    ["staging", 15, 10],
    ["production", 25, 15],
  ])("pools in %s", async (environment, postgres, clickhouse) => {
    const env = { DATABASE_URL: "postgres://h/a", CLICKHOUSE_URL: "http://h/a", DBCTL_ENV: environment };
    const { stores } = await load(await jsonProject({}), { env });
    expect(stores.get("postgres")?.options.poolSize).toBe(postgres);
    expect(stores.get("clickhouse")?.options.poolSize).toBe(clickhouse);
  });

  test("the section of the environment beats what holds everywhere, setting by setting", async () => {
    const root = await jsonProject({
      namespace: "shop",
      stores: { postgres: { url: "postgres://h/a", poolSize: 3, statementTimeout: "1m" } },
      migrations: { dir: "db" },
      environments: {
        production: {
          namespace: "shop_live",
          stores: { postgres: { poolSize: 40, optional: true } },
          seeds: { dir: "live" },
        },
      },
    });
    const development = await load(root);
    expect(development.stores.get("postgres")).toMatchObject({
      options: { poolSize: 3, statementTimeoutMs: 60_000, namespace: "shop" },
      optional: false,
    });
    const production = await load(root, { flags: { env: "production" } });
    expect(production.stores.get("postgres")).toMatchObject({
      options: { poolSize: 40, statementTimeoutMs: 60_000, namespace: "shop_live" },
      optional: true,
    });
    expect([production.migrationsDir, production.seedsDir]).toEqual([`${root}/db`, `${root}/live`]);
    expect(production.origins.get("stores.postgres.poolSize")?.origin).toMatchObject({
      name: "environments.production.stores.postgres.poolSize",
    });
  });

  test("a file's section may name a store that no other has", async () => {
    const root = await jsonProject({
      stores: { postgres: {} },
      environments: { staging: { stores: { clickhouse: {} } } },
    });
    expect([...(await load(root)).missing.keys()]).toEqual(["postgres"]);
    expect([...(await load(root, { flags: { env: "staging" } })).missing.keys()]).toEqual([
      "postgres",
      "clickhouse",
    ]);
  });
});
