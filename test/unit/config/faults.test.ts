import { expect, test } from "vitest";
import { faultsOf, jsonProject, load, makeProject, refused } from "./project.ts";

test("all faults at once, each with its path, its origin and what to write instead", async () => {
  const root = await jsonProject(
    {
      name: "",
      nmae: "shop",
      stores: {
        postgres: {
          url: 5,
          poolsize: 3,
          poolSize: 0,
          connectTimeout: 5,
          statementTimeout: "5 minutes",
          tls: "yes",
        },
        redis: {},
      },
      migrations: { dir: "" },
      environments: { prod: {}, staging: { stores: { postgres: { pool: 3 } } } },
      entities: [
        { name: "users", key: ["uid"], fields: { id: "uuid" }, source: { store: "postgres", name: "users" } },
      ],
    },
    { ".env": "NODE_ENV=stagin\n" },
  );
  const error = await refused(root, { flags: { env: "qa" } });
  expect(error).toMatchObject({ code: "CONFIG_INVALID", exitStatus: 2 });
  const faults = (error.data as { faults: { path: string; origin: string; suggestion?: string }[] }).faults;
  expect(faults.map(({ path, origin, suggestion }) => [path, origin, suggestion])).toEqual([
    ["env", "--env", undefined],
    ["name", "dbctl.config.json", undefined],
    ["stores.postgres.url", "dbctl.config.json", undefined],
    ["stores.postgres.poolSize", "dbctl.config.json", undefined],
    ["stores.postgres.connectTimeout", "dbctl.config.json", 'write "5ms" or "5s"'],
    ["stores.postgres.statementTimeout", "dbctl.config.json", undefined],
    ["stores.postgres.tls", "dbctl.config.json", undefined],
    ["migrations.dir", "dbctl.config.json", undefined],
    ["nmae", "dbctl.config.json", 'did you mean "name"?'],
    ["stores.postgres.poolsize", "dbctl.config.json", 'did you mean "poolSize"?'],
    ["stores.redis", "dbctl.config.json", "known here: postgres, clickhouse"],
    ["environments.prod", "dbctl.config.json", 'did you mean "production"?'],
    ["environments.staging.stores.postgres.pool", "dbctl.config.json", 'did you mean "poolSize"?'],
    ["entities.users.key", "dbctl.config.json", 'did you mean "id"?'],
  ]);
  for (const { path } of faults) expect(error.message).toContain(`: ${path}: `);
  expect(error.message.split("\n")).toHaveLength(faults.length + 1);
});

test("faults of variables stand beside those of the file, with file and line", async () => {
  const root = await jsonProject(
    { stores: { postgres: { url: "postgres://h:x/a" }, clickhouse: { namespace: "1 2" } } },
    { ".env.local": "\nDB_PORT=x\nCLICKHOUSE_URL=htp://h\n" },
  );
  expect(await faultsOf(root)).toEqual([
    { path: "DB_PORT", message: "is not a whole number from 1 to 65535", origin: ".env.local:2" },
    expect.objectContaining({ path: "stores.postgres.url", origin: "dbctl.config.json" }),
    expect.objectContaining({ path: "CLICKHOUSE_URL", origin: ".env.local:3" }),
  ]);
});

test("no fault and no message quotes a password", async () => {
  const root = await jsonProject(
    { stores: { postgres: { url: "postgres://app:Kaw9/Vun3@h/a" }, clickhouse: {} } },
    { ".env": "CLICKHOUSE_URL=http://app:Kaw9#Vun3@h:1x\nDB_PASSWORD=Kaw9Vun3\n" },
  );
  const error = await refused(root);
  const text = JSON.stringify([error.message, error.hint, error.data, error.stack]);
  expect(text).not.toMatch(/Kaw9|Vun3/);
});

test.each([
  ["a list", "[]", "default export"],
  ["a text", '"shop"', "default export"],
  ["null", "null", "default export"],
])("%s is no configuration", async (_, text, path) => {
  const faults = await faultsOf(await makeProject({ "dbctl.config.json": text }));
  expect(faults[0]?.path === path || faults[0]?.path === "name").toBe(true);
});

test("entities that are no list", async () => {
  expect(await faultsOf(await jsonProject({ entities: {} }))).toEqual([
    expect.objectContaining({ path: "entities", message: "is not a list" }),
  ]);
});

test.each([
  ["shop_2", true],
  ["My Shop", true],
  ["-shop", false],
  ["a/b", false],
  ["x".repeat(64), false],
])("the name %s", async (name, isTaken) => {
  const root = await jsonProject({ name });
  if (isTaken) expect((await load(root)).name).toBe(name);
  else expect((await faultsOf(root))[0]?.path).toBe("name");
});

test.each(["1shop", "a b", 'a"b', "ö".repeat(32), ""])("the namespace %j is refused", async (namespace) => {
  const root = await jsonProject({ stores: { postgres: { url: "postgres://h" } } });
  const faults = await faultsOf(root, { flags: { namespace } });
  expect(faults[0]).toMatchObject({ path: "stores.postgres.namespace", origin: "--namespace" });
});
