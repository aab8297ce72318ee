import { describe, expect, test } from "vitest";
import { faultsOf, jsonProject, load } from "./project.ts";

type Env = Readonly<Record<string, string>>;

async function loadStore(store: "postgres" | "clickhouse", env: Env, settings: object = {}) {
  const config = await load(await jsonProject({ stores: { [store]: settings } }), { env });
  const warnings = config.warnings.map(({ message }) => message);
  return { config, warnings, options: config.stores.get(store)?.options };
}

describe("PostgreSQL in variables", () => {
  test("DB_HOST and its like make a connection", async () => {
    const env = {
      DB_HOST: "db.example",
      DB_PORT: "5433",
      DB_NAME: "agent_lightning",
      DB_USER: "agent_user",
      DB_PASSWORD: "secure_password",
    };
    const { config, options, warnings } = await loadStore("postgres", env);
    expect(options).toMatchObject({
      connection: {
        host: "db.example",
        port: 5433,
        user: "agent_user",
        password: "secure_password",
        database: "agent_lightning",
        tls: { verify: false, optional: true },
      },
      namespace: "agent_lightning",
    });
    expect(warnings).toEqual([]);
    expect(config.origins.get("stores.postgres.url")?.value).toBe(
      "postgres://agent_user:***@db.example:5433/agent_lightning",
    );
    expect(config.origins.get("stores.postgres.password")).toEqual({
      value: "***",
      origin: { from: "environment", name: "DB_PASSWORD" },
    });
    expect(config.stores.get("postgres")?.loopback).toBe(false);
  });

  test("the file's URL is weaker than DB_HOST, and stronger than PGHOST", async () => {
    const settings = { url: "postgres://file/a" };
    const host = async (env: Env) => (await loadStore("postgres", env, settings)).options?.connection.host;
    expect(await host({ DB_HOST: "variable" })).toBe("variable");
    expect(await host({ PGHOST: "libpq" })).toBe("file");
  });

  test("libpq's variables, where nothing else names a server", async () => {
    const env = {
      PGHOST: "/var/run/postgresql",
      PGPORT: "5434",
      PGUSER: "app",
      PGPASSWORD: "hunter42",
      PGDATABASE: "shop",
      PGSSLMODE: "require",
      PGOPTIONS: "-c geqo=off",
      PGCONNECT_TIMEOUT: "7",
      PGAPPNAME: "batch",
      PGCHANNELBINDING: "prefer",
    };
    const { options, config } = await loadStore("postgres", env);
    expect(options).toMatchObject({
      connection: {
        host: "/var/run/postgresql",
        port: 5434,
        user: "app",
        password: "hunter42",
        database: "shop",
        tls: { verify: false, optional: false },
        parameters: { options: "-c geqo=off", channel_binding: "prefer" },
      },
      connectTimeoutMs: 7_000,
      applicationName: "batch",
    });
    expect(config.stores.get("postgres")?.loopback).toBe(true);
  });

  test("variables without a host name no server", async () => {
    const { config } = await loadStore("postgres", {
      DB_NAME: "a",
      DB_USER: "b",
      DB_PASSWORD: "c",
      PGUSER: "d",
    });
    expect(config.stores.size).toBe(0);
    expect(config.missing.get("postgres")?.message).toContain("PostgreSQL has no URL in development");
  });
});

describe("a URL and variables", () => {
  const url = "postgres://alice@db.example:5432/shop";

  test("what the URL leaves open is filled in", async () => {
    const { options, warnings, config } = await loadStore("postgres", {
      DATABASE_URL: "postgres://db.example",
      DB_PASSWORD: "hunter42",
      DB_NAME: "shop",
      PGUSER: "alice",
      PGSSLMODE: "disable",
    });
    expect(options?.connection).toMatchObject({
      user: "alice",
      password: "hunter42",
      database: "shop",
      tls: null,
    });
    expect(warnings).toEqual([]);
    expect(config.origins.get("stores.postgres.database")?.origin).toEqual({
      from: "environment",
      name: "DB_NAME",
    });
    expect(config.origins.get("stores.postgres.url")?.origin).toEqual({
      from: "environment",
      name: "DATABASE_URL",
    });
  });

  test("what they say otherwise is ignored, with a warning", async () => {
    const { options, warnings } = await loadStore("postgres", {
      DATABASE_URL: url,
      DB_NAME: "other",
      DB_USER: "bob",
    });
    expect(options?.connection).toMatchObject({ user: "alice", database: "shop" });
    expect(warnings).toEqual([
      "postgres: environment DB_USER, environment DB_NAME say otherwise: environment DATABASE_URL counts",
    ]);
  });

  test("variables about another server are ignored altogether: no password goes to the wrong one", async () => {
    const env = { DATABASE_URL: url, DB_HOST: "other.example", DB_PASSWORD: "hunter42" };
    const { options, warnings } = await loadStore("postgres", env);
    expect(options?.connection.password).toBeNull();
    expect(warnings).toEqual([
      "postgres: environment DB_HOST says otherwise: environment DATABASE_URL counts",
    ]);
  });

  test("nor is the password of another user taken", async () => {
    const { options } = await loadStore("postgres", {
      DATABASE_URL: url,
      PGUSER: "bob",
      PGPASSWORD: "hunter42",
    });
    expect(options?.connection).toMatchObject({ user: "alice", password: null });
  });

  test("libpq's variables say nothing against a URL, unless they name a host", async () => {
    expect(
      (await loadStore("postgres", { DATABASE_URL: url, PGUSER: "bob", PGDATABASE: "b" })).warnings,
    ).toEqual([]);
    expect((await loadStore("postgres", { DATABASE_URL: url, PGHOST: "b" })).warnings).toHaveLength(1);
  });

  test("the same said twice is no conflict", async () => {
    const env = {
      DATABASE_URL: "postgres://db.example/shop",
      DB_HOST: "db.example",
      DB_PORT: "5432",
      DB_NAME: "shop",
    };
    expect((await loadStore("postgres", env)).warnings).toEqual([]);
  });

  test("of two URLs the stronger layer counts, then DATABASE_URL", async () => {
    const host = async (env: Env, file = "") => {
      const root = await jsonProject({ stores: { postgres: {} } }, { ".env": file });
      const config = await load(root, { env });
      return [
        config.stores.get("postgres")?.options.connection.host,
        config.warnings.map(({ message }) => message),
      ];
    };
    expect(await host({ DATABASE_URL: "postgres://a", POSTGRES_URL: "postgres://b" })).toEqual([
      "a",
      ["DATABASE_URL and POSTGRES_URL differ: environment DATABASE_URL counts"],
    ]);
    expect(await host({ POSTGRES_URL: "postgres://b" }, "DATABASE_URL=postgres://a")).toEqual([
      "b",
      ["POSTGRES_URL and DATABASE_URL differ: environment POSTGRES_URL counts"],
    ]);
    expect(await host({ DATABASE_URL: "postgres://a", POSTGRES_URL: "postgres://a" })).toEqual(["a", []]);
  });
});

describe("SQLAlchemy's pool", () => {
  const DATABASE_URL = "postgresql+asyncpg://user:pass@localhost/netra";
  test.each([
    [{ DB_POOL_SIZE: "15", DB_MAX_OVERFLOW: "25", DB_POOL_TIMEOUT: "3.0" }, 40, 3_000],
    [{ DB_POOL_SIZE: "15" }, 15, 5_000],
    [{ DB_MAX_OVERFLOW: "5" }, 15, 5_000],
    [{ DB_POOL_SIZE: "900", DB_MAX_OVERFLOW: "900" }, 1_000, 5_000],
    [{}, 10, 5_000],
  ])("%o", async (env, poolSize, connectTimeoutMs) => {
    const { options } = await loadStore("postgres", { DATABASE_URL, ...env });
    expect(options).toMatchObject({ poolSize, connectTimeoutMs, statementTimeoutMs: 30_000 });
  });

  test("the file's settings are weaker; they are ClickHouse's only ones", async () => {
    const settings = { poolSize: 3, connectTimeout: "2s" };
    const env = { DATABASE_URL, DB_POOL_SIZE: "7", DB_POOL_TIMEOUT: "0.5", CLICKHOUSE_URL: "http://h" };
    expect((await loadStore("postgres", env, settings)).options).toMatchObject({
      poolSize: 7,
      connectTimeoutMs: 500,
    });
    expect((await loadStore("clickhouse", env, settings)).options).toMatchObject({
      poolSize: 3,
      connectTimeoutMs: 2_000,
    });
  });

  test.each([
    [{ DB_POOL_SIZE: "0" }, "DB_POOL_SIZE"],
    [{ DB_POOL_SIZE: "ten" }, "DB_POOL_SIZE"],
    [{ DB_MAX_OVERFLOW: "-1" }, "DB_MAX_OVERFLOW"],
    [{ DB_POOL_TIMEOUT: "0" }, "DB_POOL_TIMEOUT"],
    [{ DB_POOL_TIMEOUT: "3s" }, "DB_POOL_TIMEOUT"],
    [{ DB_HOST: "h", DB_PORT: "70000" }, "DB_PORT"],
    [{ PGHOST: "h", PGSSLMODE: "requird" }, "PGSSLMODE"],
  ])("%o is a fault", async (env, path) => {
    const root = await jsonProject({ stores: { postgres: { url: DATABASE_URL } } });
    expect(await faultsOf(root, { env })).toEqual([expect.objectContaining({ path, origin: "environment" })]);
  });
});

describe("ClickHouse in variables", () => {
  test("the native port becomes that of HTTP, with a warning", async () => {
    const { options, warnings } = await loadStore("clickhouse", {
      CLICKHOUSE_HOST: "localhost",
      CLICKHOUSE_PORT: "9000",
      CLICKHOUSE_DATABASE: "netra_analytics",
      CLICKHOUSE_USER: "default",
      CLICKHOUSE_PASSWORD: "",
    });
    expect(options).toMatchObject({
      connection: { host: "localhost", port: 8123, user: "default", password: null, tls: null },
      namespace: "netra_analytics",
    });
    expect(warnings).toEqual([
      expect.stringContaining("CLICKHOUSE_PORT: port 9000 is ClickHouse's native protocol"),
    ]);
  });

  test.each([
    [{ CLICKHOUSE_PORT: "9440" }, 8443, true],
    [{ CLICKHOUSE_SECURE: "true" }, 8443, true],
    [{ CLICKHOUSE_PORT: "8443" }, 8443, true],
    [{ CLICKHOUSE_PORT: "18123" }, 18_123, false],
    [{}, 8123, false],
  ])("%o", async (env, port, isTls) => {
    const { options } = await loadStore("clickhouse", { CLICKHOUSE_HOST: "ch.example", ...env });
    expect(options?.connection.port).toBe(port);
    expect(options?.connection.tls).toEqual(isTls ? { verify: true, optional: false } : null);
  });

  test("a host that is a URL is one", async () => {
    const env = {
      CLICKHOUSE_HOST: "https://ch.example:8444",
      CLICKHOUSE_PORT: "1",
      CLICKHOUSE_USERNAME: "app",
    };
    const { options } = await loadStore("clickhouse", env);
    expect(options?.connection).toMatchObject({
      host: "ch.example",
      port: 8444,
      user: "app",
      tls: { verify: true },
    });
    const faults = await faultsOf(await jsonProject({ stores: { clickhouse: {} } }), {
      env: { CLICKHOUSE_HOST: "tcp://ch.example" },
    });
    expect(faults).toEqual([expect.objectContaining({ path: "CLICKHOUSE_HOST", origin: "environment" })]);
  });
});

test("variables of stores that this version does not have are let be", async () => {
  const env = {
    REDIS_HOST: "localhost",
    REDIS_PORT: "x",
    REDIS_URL: "redis://h",
    ELASTICSEARCH_URL: "nonsense",
    INFLUX_URL: "http://h",
    ENABLE_OPTIMIZED_PERSISTENCE: "true",
  };
  const config = await load(await jsonProject({}), { env });
  expect([config.stores.size, config.missing.size, config.warnings]).toEqual([0, 0, []]);
});

test("a URL of another engine is a fault only where the store is wanted", async () => {
  const env = { DATABASE_URL: "mysql://root:hunter42@h/db" };
  const root = await jsonProject({ stores: { clickhouse: { url: "http://h" } } });
  expect([...(await load(root, { env })).stores.keys()]).toEqual(["clickhouse"]);
  expect(await faultsOf(await jsonProject({ stores: { postgres: {} } }), { env })).toEqual([
    {
      path: "DATABASE_URL",
      message: "mysql:// is no PostgreSQL URL",
      origin: "environment",
      suggestion: "it begins with postgres:// or postgresql://",
    },
  ]);
});
