import { describe, expect, test } from "vitest";
import { ensureStackFolder, stackFilePath, writeStack } from "../../../src/stack/file.ts";
import { homesOf } from "../../../src/stack/home.ts";
import { openStores } from "../../../src/stores/open.ts";
import { faultsOf, jsonProject, load } from "./project.ts";

const DATABASE_URL = "postgres://app:hunter42@db.example/shop";

function addStack(root: string): void {
  ensureStackFolder(root);
  const engine = {
    url: "postgres://stack:hunter43@127.0.0.1:55001/template",
    provider: "test",
    version: "15",
    port: 55_001,
    pid: null,
    startTime: null,
    dataDir: "/none",
    logFile: "/none",
  };
  writeStack(root, { version: 1, home: homesOf(root)[0], engines: { postgres: engine } });
}

describe("the local stack", () => {
  test.each(["development", "testing"])(
    "counts in %s; its namespace is the project's name",
    async (environment) => {
      const root = await jsonProject({ name: "My Shop", stores: { postgres: {} } });
      addStack(root);
      const config = await load(root, { flags: { env: environment } });
      expect(config.stores.get("postgres")).toMatchObject({
        options: { connection: { port: 55_001, user: "stack", password: "hunter43" }, namespace: "my_shop" },
        loopback: true,
      });
      expect(config.origins.get("stores.postgres.url")).toEqual({
        value: "postgres://stack:***@127.0.0.1:55001/template",
        origin: { from: "stack", file: stackFilePath(root) },
      });
    },
  );

  test.each(["staging", "production"])("does not count in %s", async (environment) => {
    const root = await jsonProject({ stores: { postgres: {} } });
    addStack(root);
    const config = await load(root, { flags: { env: environment } });
    expect(config.stores.size).toBe(0);
    expect(config.missing.get("postgres")?.message).toContain("development and testing only");
  });

  test("is the weakest: any URL beats it, and no variable completes it", async () => {
    const root = await jsonProject({ stores: { postgres: {} } });
    addStack(root);
    const connection = async (env: Record<string, string>) =>
      (await load(root, { env })).stores.get("postgres")?.options.connection;
    expect((await connection({ DATABASE_URL }))?.host).toBe("db.example");
    expect((await connection({ PGHOST: "libpq" }))?.host).toBe("libpq");
    expect(await connection({ DB_NAME: "other", PGUSER: "bob", PGSSLMODE: "require" })).toMatchObject({
      user: "stack",
      database: "template",
      tls: null,
    });
  });
});

describe("which stores a project has", () => {
  const entity = { name: "users", key: ["id"], fields: { id: "uuid" } };
  const env = { DATABASE_URL, CLICKHOUSE_URL: "http://ch.example" };
  test.each([
    ["those it has settings for", { stores: { clickhouse: {} } }, ["clickhouse"]],
    ["system of record first", { stores: { clickhouse: {}, postgres: {} } }, ["postgres", "clickhouse"]],
    ["none of what variables name, if it names none", { stores: {} }, []],
    ["those of the variables, if it has no stores at all", {}, ["postgres", "clickhouse"]],
    [
      "those of its entities",
      { stores: {}, entities: [{ ...entity, source: { store: "clickhouse", name: "users" } }] },
      ["clickhouse"],
    ],
  ])("%s", async (_, configuration, names) => {
    const config = await load(await jsonProject(configuration), { env });
    expect([...config.stores.keys()]).toEqual(names);
  });
});

describe("a store without a URL", () => {
  test("names the variable and the file to set", async () => {
    const root = await jsonProject({ stores: { postgres: {}, clickhouse: { optional: true } } });
    const { missing } = await load(root, { flags: { env: "production" } });
    expect(missing.get("postgres")).toEqual({
      optional: false,
      message:
        "PostgreSQL has no URL in production: neither DATABASE_URL nor POSTGRES_URL is set; the local stack counts in development and testing only",
      hint: `set DATABASE_URL in the environment or in ${root}/.env.production`,
    });
    expect(missing.get("clickhouse")).toMatchObject({
      optional: true,
      message: expect.stringContaining("ClickHouse has no URL in production: CLICKHOUSE_URL is not set"),
    });
  });

  test("can be chosen or left out, and says so when it is opened", async () => {
    const config = await load(
      await jsonProject({ stores: { postgres: {}, clickhouse: { optional: true } } }),
    );
    const stores = openStores(config);
    expect([stores.names, stores.skipped]).toEqual([["postgres", "clickhouse"], []]);
    expect([stores.isOptional("postgres"), stores.isOptional("clickhouse")]).toEqual([false, true]);
    await expect(stores.get("postgres")).rejects.toMatchObject({
      code: "STORE_NOT_CONFIGURED",
      store: "postgres",
      hint: expect.stringContaining("dbctl stack up"),
    });
    expect(openStores(config, { skip: ["postgres"] })).toMatchObject({
      names: ["clickhouse"],
      skipped: ["postgres"],
    });
    expect(openStores(config, { only: ["postgres"] })).toMatchObject({
      names: ["postgres"],
      skipped: ["clickhouse"],
    });
  });

  test("a store that the project does not have cannot be chosen", async () => {
    const config = await load(await jsonProject({ stores: { postgres: {} } }));
    expect(() => openStores(config, { only: ["clickhouse"] })).toThrow(
      "this project has no store clickhouse: it has postgres",
    );
    await expect(openStores(config).get("clickhouse")).rejects.toMatchObject({
      code: "STORE_NOT_CONFIGURED",
    });
  });
});

describe("encryption", () => {
  const tlsOf = async (url: string, settings: object = {}, files: Record<string, string> = {}) => {
    const root = await jsonProject({ stores: { postgres: settings } }, files);
    return (await load(root, { env: { DATABASE_URL: url } })).stores.get("postgres")?.options.connection.tls;
  };
  const PEM = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n";

  test.each([
    ["postgres://localhost/a", null],
    ["postgres://db.example/a", { verify: false, optional: true }],
    ["postgres://db.example/a?sslmode=disable", null],
    ["postgres://db.example/a?sslmode=allow", { verify: false, optional: true }],
    ["postgres://localhost/a?sslmode=prefer", { verify: false, optional: true }],
    ["postgres://db.example/a?sslmode=require", { verify: false, optional: false }],
    ["postgres://db.example/a?sslmode=verify-ca", { verify: true, optional: false, verifyHost: false }],
    ["postgres://db.example/a?sslmode=verify-full", { verify: true, optional: false }],
    ["postgres://db.example/a?sslmode=verify-full&sslrootcert=system", { verify: true, optional: false }],
  ])("%s", async (url, tls) => {
    expect(await tlsOf(url)).toEqual(tls);
  });

  test("an authority makes sslmode=require check the certificate, as in libpq; files are the project's", async () => {
    const files = { "certs/ca.pem": PEM, "certs/c.pem": PEM, "certs/k.pem": PEM };
    expect(await tlsOf("postgres://h/a?sslmode=require&sslrootcert=certs/ca.pem", {}, files)).toEqual({
      verify: true,
      optional: false,
      verifyHost: false,
      ca: PEM,
    });
    const tls = { mode: "verify-full", ca: "certs/ca.pem", cert: "certs/c.pem", key: "certs/k.pem" };
    expect(await tlsOf("postgres://h/a", { tls }, files)).toEqual({
      verify: true,
      optional: false,
      ca: PEM,
      cert: PEM,
      key: PEM,
    });
  });

  test("a variable's sslmode is stronger than the file's tls; the file's own URL is not", async () => {
    expect(await tlsOf("postgres://h/a?sslmode=require", { tls: false })).toEqual({
      verify: false,
      optional: false,
    });
    const root = await jsonProject({
      stores: { postgres: { url: "postgres://h/a?sslmode=require", tls: "disable" } },
    });
    expect((await load(root)).stores.get("postgres")?.options.connection.tls).toBeNull();
  });

  test("https is checked as the file wants it; the local stack is never encrypted", async () => {
    const configuration = { stores: { postgres: { tls: true }, clickhouse: { tls: { mode: "require" } } } };
    const root = await jsonProject(configuration);
    addStack(root);
    const { stores } = await load(root, { env: { CLICKHOUSE_URL: "https://h" } });
    expect(stores.get("clickhouse")?.options.connection.tls).toEqual({ verify: false, optional: false });
    expect(stores.get("postgres")?.options.connection).toMatchObject({ port: 55_001, tls: null });
    const plain = await load(root, { env: { CLICKHOUSE_URL: "http://h" } });
    expect(plain.stores.get("clickhouse")?.options.connection.tls).toBeNull();
  });

  test.each([
    ["?sslmode=verify-full&sslrootcert=none.pem", "none.pem cannot be read: ENOENT"],
    ["?sslmode=verify-full&sslrootcert=dbctl.config.json", "is no PEM file"],
    ["?sslmode=require&sslcert=ca.pem", "a client certificate needs its key"],
  ])("%s is a fault", async (query, words) => {
    const root = await jsonProject({ stores: { postgres: {} } }, { "ca.pem": PEM });
    const faults = await faultsOf(root, { env: { DATABASE_URL: `postgres://h/a${query}` } });
    expect(faults).toEqual([
      expect.objectContaining({ message: expect.stringContaining(words), origin: "environment" }),
    ]);
  });

  test.each(["", "&sslmode=prefer", "&sslmode=allow"])(
    "channel_binding=require%s encrypts",
    async (query) => {
      const url = `postgres://localhost/a?channel_binding=require${query}`;
      expect(await tlsOf(url)).toEqual({ verify: false, optional: false });
      expect(await tlsOf(`${url}&sslrootcert=ca.pem`, {}, { "ca.pem": PEM })).toMatchObject({ verify: true });
    },
  );

  test("channel binding cannot be had without encryption", async () => {
    const root = await jsonProject({ stores: { postgres: { tls: false } } });
    const env = { DATABASE_URL: "postgres://h/a?channel_binding=require" };
    expect(await faultsOf(root, { env })).toEqual([
      expect.objectContaining({ path: "stores.postgres.tls", message: expect.stringContaining("needs TLS") }),
    ]);
  });
});

test("what is remote and what is not", async () => {
  const isLoopback = async (url: string) => {
    const root = await jsonProject({ stores: { postgres: {} } });
    return (await load(root, { env: { DATABASE_URL: url } })).stores.get("postgres")?.loopback;
  };
  expect(await isLoopback("postgres:///shop")).toBe(true);
  expect(await isLoopback("postgres://[::1]/shop")).toBe(true);
  expect(await isLoopback("postgres://db.example/shop")).toBe(false);
  expect(await isLoopback("postgres://localhost@db.example/shop")).toBe(false);
});

test("every password in reach is known to the secrets, used or not", async () => {
  const env = {
    DATABASE_URL: "postgres://app:alpha%2F1234@h/a",
    POSTGRES_URL: "postgres://app:beta-1234@h/a",
    REDIS_PASSWORD: "gamma-1234",
    CLICKHOUSE_PASSWORD: "delta-1234",
  };
  const root = await jsonProject(
    { stores: { postgres: {}, clickhouse: { url: "http://x:epsilon-1234@h" } } },
    { ".env": "API_TOKEN=zeta-1234\n" },
  );
  const { secrets, origins, warnings } = await load(root, { env });
  const text = "alpha/1234 alpha%2F1234 beta-1234 gamma-1234 delta-1234 epsilon-1234 zeta-1234";
  expect(secrets.redact(text)).toBe("*** *** *** *** *** *** ***");
  expect(JSON.stringify([[...origins], warnings])).not.toMatch(/-1234|alpha/);
});

test("variables that only sound like secrets are not blanked", async () => {
  const env = {
    MAX_TOKENS: "200000",
    RATE_TOKEN: "300000",
    SSH_ASKPASS: "/usr/bin/askpass",
    COMPASS: "north-west",
  };
  const { secrets } = await load(await jsonProject({}), { env });
  const text = "200000 rows, 300000 rows, /usr/bin/askpass, north-west";
  expect(secrets.redact(text)).toBe(text);
});
