import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { load, makeProject, refused } from "./project.ts";

const declared = {
  "dbctl.config.ts": `
    import { defineConfig, entity, postgres, t } from "dbctl";
    import { key } from "./parts/key.ts";
    const name: string = "typed";
    export default defineConfig({
      name,
      entities: [entity("users", { key, fields: { id: t.uuid() }, source: postgres("users") })],
    });`,
  "parts/key.ts": `export const key: readonly string[] = ["id"];`,
};

describe("a configuration file", () => {
  test("in TypeScript, importing dbctl without an install and files of its own", async () => {
    const config = await load(await makeProject(declared));
    expect([config.name, config.entities[0]?.key]).toEqual(["typed", ["id"]]);
  });

  test.each([
    ["dbctl.config.js", `import { t } from "dbctl"; export default { name: typeof t.uuid };`],
    ["dbctl.config.mjs", `export default { name: "function" };`],
    ["dbctl.config.mts", `export default { name: "function" as string };`],
    ["dbctl.config.json", `{ "name": "function" }`],
    ["dbctl.config.ts", `export default () => ({ name: "function" });`],
    ["dbctl.config.ts", `export default async ({ t }: any) => ({ name: typeof t.uuid });`],
    [
      "dbctl.config.ts",
      `import { defineConfig } from "dbctl"; export default defineConfig(({ t }) => ({ name: typeof t.uuid }));`,
    ],
  ])("%s", async (name, text) => {
    expect((await load(await makeProject({ [name]: text }))).name).toBe("function");
  });

  test("as a function receives helpers: declarations, and variables with those of the .env files", async () => {
    const root = await makeProject({
      "dbctl.config.ts": `export default ({ entity, t, postgres, clickhouse, env }: any) => ({
        name: env("PROJECT", "none"),
        namespace: env("SPACE"),
        stores: { postgres: { url: \`postgres://\${env("HOST")}/a\` } },
        entities: [entity("a", { key: ["id"], fields: { id: t.int() }, source: postgres("a"), copies: [clickhouse("a")] })],
      });`,
      ".env.staging": "HOST=staged\n",
    });
    const config = await load(root, { flags: { env: "staging" }, env: { SPACE: "space" } });
    expect(config.name).toBe("none");
    expect(config.stores.get("postgres")?.options).toMatchObject({
      connection: { host: "staged" },
      namespace: "space",
    });
  });

  test("is found at or above the folder; the nearest counts; --config and DBCTL_CONFIG name another", async () => {
    const root = await makeProject({
      "dbctl.config.json": `{ "name": "outer" }`,
      "inner/dbctl.config.json": `{ "name": "inner" }`,
      "other/their.mjs": `export default { name: "other" };`,
    });
    mkdirSync(`${root}/inner/deep/er`, { recursive: true });
    mkdirSync(`${root}/elsewhere`);
    expect((await load(`${root}/inner/deep/er`)).name).toBe("inner");
    expect((await load(`${root}/elsewhere`)).name).toBe("outer");
    expect(await load(root, { configFile: "other/their.mjs" })).toMatchObject({
      name: "other",
      root: `${root}/other`,
    });
    expect((await load(root, { env: { DBCTL_CONFIG: "other/their.mjs" } })).name).toBe("other");
  });

  test("TypeScript is preferred where there are several", async () => {
    const root = await makeProject({
      "dbctl.config.json": `{ "name": "json" }`,
      "dbctl.config.ts": `export default { name: "ts" };`,
    });
    expect((await load(root)).name).toBe("ts");
  });

  test("is read again when it has changed", async () => {
    const root = await makeProject({ "dbctl.config.mjs": `export default { name: "before" };` });
    expect((await load(root)).name).toBe("before");
    await writeFile(`${root}/dbctl.config.mjs`, `export default { name: "afterwards" };`);
    expect((await load(root)).name).toBe("afterwards");
  });

  test("that is not there", async () => {
    const root = await makeProject({});
    expect(await refused(root)).toMatchObject({ code: "CONFIG_NOT_FOUND", exitStatus: 2 });
    expect(await refused(root, { configFile: "x.ts" })).toMatchObject({
      code: "CONFIG_NOT_FOUND",
      message: `there is no configuration file ${root}/x.ts`,
    });
  });
});

describe("a file that cannot be loaded is named with its line", () => {
  test.each([
    ["throws", "dbctl.config.ts", `\nconst x: number = 1;\nthrow new Error("boom");`, ":3: boom"],
    [
      "throws in its function",
      "dbctl.config.ts",
      `export default () => {\n  throw new Error("boom");\n};`,
      ":2: boom",
    ],
    [
      "rejects",
      "dbctl.config.mjs",
      `export default async () => {\n  await null;\n  undefined.x;\n};`,
      ":3: Cannot read",
    ],
    [
      "has a fault in its syntax",
      "dbctl.config.ts",
      `export default {\n  name: "a"\n  b: 1,\n};`,
      ":3: Expected",
    ],
    [
      "has one in JavaScript",
      "dbctl.config.mjs",
      `export default {\n  name: "a"\n  b: 1,\n};`,
      ":3: Unexpected",
    ],
    [
      "uses an enum",
      "dbctl.config.ts",
      `\nenum A { b }\nexport default {};`,
      ":2: TypeScript enum is not supported",
    ],
    [
      "imports what is not exported",
      "dbctl.config.ts",
      `import { nope } from "dbctl";\nexport default { name: nope };`,
      ":1: The requested module",
    ],
    [
      "imports what is not there",
      "dbctl.config.ts",
      `import "./nope.ts";\nexport default {};`,
      ": Cannot find module",
    ],
    ["is no JSON", "dbctl.config.json", `{\n  "name": "a",\n  oops\n}`, ":3: this is not JSON"],
    ["exports nothing", "dbctl.config.ts", `export const name = "a";`, " has no default export"],
    ["throws no error", "dbctl.config.mjs", `throw "boom";`, ": boom"],
  ])("%s", async (_, name, text, words) => {
    const root = await makeProject({ [name]: text });
    const error = await refused(root);
    expect(error.code).toBe("CONFIG_INVALID");
    expect(error.message).toContain(`${root}/${name}${words}`);
  });

  test("or the file that it imports", async () => {
    const root = await makeProject({
      "dbctl.config.ts": `import { a } from "./parts/a.ts";\nexport default { name: a() };`,
      "parts/a.ts": `export function a(): string {\n  throw new Error("boom");\n}`,
    });
    expect((await refused(root)).message).toBe(`${root}/parts/a.ts:2: boom`);
  });

  test("without any password that it may have said", async () => {
    const root = await makeProject({
      "dbctl.config.ts": `export default ({ env }: any) => { throw new Error("cannot use " + env("DATABASE_URL")); };`,
    });
    const error = await refused(root, { env: { DATABASE_URL: "postgres://app:hunter42@h/a" } });
    expect(error.message).toContain("cannot use postgres://app:***@h/a");
    const cause = error.cause as Error;
    expect(`${cause.message} ${cause.stack}`).not.toContain("hunter42");
  });
});

test("loading says nothing on stderr, also where package.json has no type", async () => {
  const root = await makeProject({ ...declared, "package.json": "{}" });
  const loader = fileURLToPath(new URL("../../../src/config/load.ts", import.meta.url));
  const script = `const { loadConfig } = await import(${JSON.stringify(loader)});
    console.log((await loadConfig({ cwd: ${JSON.stringify(root)}, flags: {}, env: {} })).name);`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    encoding: "utf8",
  });
  expect([stdout.trim(), stderr]).toEqual(["typed", ""]);
});
