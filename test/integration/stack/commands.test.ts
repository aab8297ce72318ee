import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { run as down } from "../../../src/commands/stack-down.ts";
import { run as logs } from "../../../src/commands/stack-logs.ts";
import { run as status } from "../../../src/commands/stack-status.ts";
import { run as up } from "../../../src/commands/stack-up.ts";
import { loadConfig } from "../../../src/config/load.ts";
import type { Context } from "../../../src/context.ts";
import { silentReporter } from "../../../src/ui/reporter.ts";
import { cleanEnv, Project } from "./project.ts";

let project: Project;
beforeAll(() => {
  project = new Project();
  writeFileSync(
    join(project.root, "dbctl.config.mjs"),
    'export default { name: "shop", stores: { postgres: {}, clickhouse: {} } };\n',
  );
});
afterAll(() => project[Symbol.asyncDispose]());

/** What a command would be given, with variables added to an environment without addresses. */
async function context(variables: Record<string, string> = {}): Promise<Context> {
  const env = { ...cleanEnv(), DBCTL_ENV: "development", ...variables };
  const config = await loadConfig({ cwd: project.root, flags: {}, env });
  const never = () => {
    throw new Error("a stack command needs no store");
  };
  return {
    config,
    stores: { names: [], skipped: [], get: never, isOptional: never },
    reporter: silentReporter,
    now: () => new Date(),
    prompt: async () => null,
    signal: AbortSignal.timeout(60_000),
    dbctlVersion: "0",
    env,
  };
}

test("up gives the configuration its URLs; down keeps the record, and purge removes it", async () => {
  const before = await context();
  expect([...before.config.stores.keys()]).toEqual([]);
  const started = await up(before, { stores: ["clickhouse"] });
  expect(started).toMatchObject({ exitStatus: 0, warnings: [], data: { engines: [{ state: "started" }] } });

  const { config } = await context();
  const engine = project.engine("clickhouse");
  expect(config.stores.get("clickhouse")?.options.connection).toMatchObject({
    host: "127.0.0.1",
    port: engine.port,
    user: "dbctl",
    password: new URL(engine.url).password,
  });
  expect((await status(await context())).data.engines).toMatchObject([
    { store: "clickhouse", state: "up", pid: engine.pid },
    { store: "postgres", state: "absent" },
  ]);
  expect((await logs(await context(), { store: "clickhouse", lines: 5 })).exitStatus).toBe(0);
  await expect(logs(await context(), { store: "postgres", lines: 5 })).rejects.toMatchObject({
    code: "STORE_NOT_CONFIGURED",
  });
  expect((await down(await context(), { purge: true })).data.engines).toMatchObject([
    { state: "stopped" },
    { state: "not running" },
  ]);
});

test("an address in any variable or in a .env file is left to its server", async () => {
  writeFileSync(join(project.root, ".env"), "POSTGRES_URL=postgres://a:geheim@127.0.0.1:1/x\n");
  const report = await up(await context({ CLICKHOUSE_HOST: "127.0.0.1" }), {});
  expect(report.exitStatus).toBe(0);
  expect(report.data.engines).toMatchObject([
    { store: "clickhouse", state: "external", provider: expect.stringContaining("CLICKHOUSE_HOST") },
    { store: "postgres", state: "external", provider: expect.stringContaining(".env") },
  ]);
  expect(JSON.stringify(report)).not.toContain("geheim");
  writeFileSync(join(project.root, ".env"), "");
});

test("an engine that was asked for and can't be had: status 3, with the remedy", async () => {
  const report = await up(await context({ DBCTL_STACK_CLICKHOUSE: "system" }), { stores: ["clickhouse"] });
  expect(report.exitStatus).toBe(3);
  expect(report.warnings).toMatchObject([{ code: "ENGINE_UNAVAILABLE", store: "clickhouse" }]);
  await expect(up(await context(), { stores: ["influxdb"] })).rejects.toMatchObject({ code: "USAGE" });
});

test("outside development and testing the stack's URLs do not count, and up says so", async () => {
  const variables = { DBCTL_ENV: "staging", CLICKHOUSE_URL: "http://127.0.0.1:1" };
  const report = await up(await context(variables), { stores: ["clickhouse"] });
  expect(report.warnings).toMatchObject([
    { message: expect.stringContaining("staging does not use the local stack") },
  ]);
});
