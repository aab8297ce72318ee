import { describe, expect, test } from "vitest";
import type { Origin } from "../../../src/config/config.ts";
import { formatOrigin } from "../../../src/config/origin.ts";
import { jsonProject, load } from "./project.ts";

async function hostOf(root: string, env: Record<string, string> = {}) {
  const config = await load(root, { env });
  const host = config.stores.get("postgres")?.options.connection.host ?? null;
  const origin: Origin = config.origins.get("stores.postgres.url")?.origin ?? { from: "default" };
  return [host, formatOrigin(origin, root)];
}

const url = (host: string) => `DATABASE_URL=postgres://${host}/a\n`;

test("environment, then the .env files from special to general, then the configuration, then the stack", async () => {
  const root = await jsonProject({ stores: { postgres: { url: "postgres://file/a" } } });
  const { writeFile } = await import("node:fs/promises");
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
