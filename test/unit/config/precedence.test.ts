import { symlinkSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import type { Origin } from "../../../src/config/config.ts";
import { formatOrigin } from "../../../src/config/origin.ts";
import { faultsOf, jsonProject, load, refused } from "./project.ts";

async function hostOf(root: string, env: Record<string, string> = {}) {
  const config = await load(root, { env });
  const host = config.stores.get("postgres")?.options.connection.host ?? null;
  const origin: Origin = config.origins.get("stores.postgres.url")?.origin ?? { from: "default" };
  return [host, formatOrigin(origin, root)];
}

const url = (host: string) => `DATABASE_URL=postgres://${host}/a\n`;

test("environment, then the .env files from special to general, then the configuration, then the stack", async () => {
  const root = await jsonProject({ stores: { postgres: { url: "postgres://file/a" } } });
  const expected: [string, string][] = [["file", "dbctl.config.json stores.postgres.url"]];
  for (const [name, host] of [
    [".env", "general"],
    [".env.local", "local"],
    [".env.development", "development"],
    [".env.development.local", "development-local"],
  ] as const) {
    expect(await hostOf(root)).toEqual(expected.at(-1));
    await writeFile(`${root}/${name}`, `# a comment\n${url(host)}`);
    expected.push([host, `${name}:2 DATABASE_URL`]);
  }
  expect(await hostOf(root)).toEqual(expected.at(-1));
  expect(await hostOf(root, { DATABASE_URL: "postgres://environment/a" })).toEqual([
    "environment",
    "environment DATABASE_URL",
  ]);
});

test("files of other environments are not read", async () => {
  const root = await jsonProject(
    { stores: { postgres: {} } },
    { ".env.production": url("live"), ".env.testing": url("t") },
  );
  expect(await hostOf(root)).toEqual([null, "default"]);
  expect(await hostOf(root, { DBCTL_ENV: "production" })).toEqual(["live", ".env.production:1 DATABASE_URL"]);
});

test("an empty variable switches off what a weaker layer says", async () => {
  const root = await jsonProject(
    { stores: { postgres: { url: "postgres://file/a" } } },
    { ".env": url("general") },
  );
  expect(await hostOf(root, { DATABASE_URL: "" })).toEqual(["file", "dbctl.config.json stores.postgres.url"]);
});

test(".env files: quotes, export, comments, the last line of a name", async () => {
  const text = `${url("first")}\n  export DATABASE_URL = "postgres://u:a%20b@last/a" # the one\n`;
  const root = await jsonProject({ stores: { postgres: {} } }, { ".env": text });
  expect(await hostOf(root)).toEqual(["last", ".env:3 DATABASE_URL"]);
});

test(".env files: a byte order mark and line ends of Windows", async () => {
  const text = `\uFEFF${url("marked").trim()}\r\nDB_PASSWORD=hunter42\r\n`;
  const root = await jsonProject({ stores: { postgres: {} } }, { ".env": text });
  expect(await hostOf(root)).toEqual(["marked", ".env:1 DATABASE_URL"]);
  expect((await load(root)).stores.get("postgres")?.options.connection.password).toBe("hunter42");
});

describe("a # in a value of a .env file", () => {
  test.each([
    ["DATABASE_URL=postgres://app:12#34@h/a", "DATABASE_URL", ".env:1"],
    ["# x\nDB_HOST=h\nDB_PASSWORD=ab#cd", "DB_PASSWORD", ".env:3"],
  ])("%s is cut: a fault", async (text, path, origin) => {
    const root = await jsonProject({ stores: { postgres: {} } }, { ".env": text });
    expect(await faultsOf(root)).toContainEqual({
      path,
      message: 'its value ends at a "#", where a comment begins',
      origin,
      suggestion: "put the value in quotes",
    });
  });

  test.each(['DB_PASSWORD="ab#cd"', "DB_PASSWORD='ab#cd' # x", "DB_PASSWORD=ab%23cd # a comment"])(
    "%s is not",
    async (line) => {
      const root = await jsonProject({ stores: { postgres: {} } }, { ".env": `DB_HOST=h\n${line}` });
      const password = (await load(root)).stores.get("postgres")?.options.connection.password;
      expect(password).toMatch(/^ab(#|%23)cd$/);
    },
  );
});

test("a .env file that cannot be read is named", async () => {
  const root = await jsonProject({});
  symlinkSync(".env", `${root}/.env`);
  expect(await refused(root)).toMatchObject({
    code: "CONFIG_INVALID",
    message: `${root}/.env cannot be read: ELOOP`,
  });
});

describe("the namespace", () => {
  const env = { DATABASE_URL: "postgres://h/in_url" };
  test.each([
    [{ namespace: "flag" }, { ...env, DBCTL_NAMESPACE: "variable" }, "flag"],
    [{}, { ...env, DBCTL_NAMESPACE: "variable" }, "variable"],
    [{}, env, "in_store"],
  ])("flags %o, variables %o: %s", async (flags, variables, namespace) => {
    const root = await jsonProject({
      namespace: "in_project",
      stores: { postgres: { namespace: "in_store" } },
    });
    const config = await load(root, { flags, env: variables });
    expect(config.stores.get("postgres")?.options).toMatchObject({
      namespace,
      connection: { database: "in_url" },
    });
  });

  test("project before URL before name", async () => {
    const inProject = await jsonProject({ namespace: "in_project", stores: { postgres: {} } });
    const without = await jsonProject({ name: "My Shop", stores: { postgres: {} } });
    const namespaceOf = async (root: string, variables: Record<string, string>) =>
      (await load(root, { env: variables })).stores.get("postgres")?.options.namespace;
    expect(await namespaceOf(inProject, env)).toBe("in_project");
    expect(await namespaceOf(without, env)).toBe("in_url");
    expect(await namespaceOf(without, { DATABASE_URL: "postgres://h" })).toBe("my_shop");
  });

  test("a schema lies in the namespace's database", async () => {
    const root = await jsonProject({ stores: { postgres: { schema: "app" } } });
    expect((await load(root, { env })).stores.get("postgres")?.options).toMatchObject({
      namespace: "in_url",
      schema: "app",
    });
  });
});

test("a schema in the URL, as Prisma writes it", async () => {
  const root = await jsonProject({ stores: { postgres: { schema: "of_file" } } });
  const schemaOf = async (query: string) =>
    (await load(root, { env: { DATABASE_URL: `postgres://h/shop${query}` } })).stores.get("postgres")?.options
      .schema;
  expect(await schemaOf("?schema=of_url")).toBe("of_url");
  expect(await schemaOf("?schema=public")).toBe("of_file");
  const ofFile = await jsonProject({ stores: { postgres: { url: "postgres://h/shop?schema=of_url" } } });
  expect((await load(ofFile)).stores.get("postgres")?.options).toMatchObject({
    namespace: "shop",
    schema: "of_url",
  });
});

test("--confirm is handed through; folders are absolute", async () => {
  const root = await jsonProject({ seeds: { dir: "../data" } });
  expect(await load(root, { flags: { confirm: "shop" } })).toMatchObject({
    confirm: "shop",
    root,
    file: `${root}/dbctl.config.json`,
    migrationsDir: `${root}/migrations`,
  });
  expect((await load(root)).confirm).toBeNull();
});
