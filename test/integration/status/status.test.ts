import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { run as init } from "../../../src/commands/init.ts";
import { run as up } from "../../../src/commands/migrate-up.ts";
import { type StatusData, run as status } from "../../../src/commands/status.ts";
import { engineUrl, hasEngine } from "../../support/engines.ts";
import {
  type EngineName,
  type EngineProject,
  type EngineProjectOptions,
  engineProject,
} from "../migrate/project.ts";

const hasBoth = hasEngine("postgres") && hasEngine("clickhouse");
const field = { kind: "int" };
const entities = [
  {
    name: "users",
    key: ["id"],
    fields: { id: field },
    source: { ref: { store: "postgres", name: "users" }, options: {} },
    copies: [{ ref: { store: "clickhouse", name: "users" }, options: {} }],
  },
];

describe.skipIf(!hasBoth)("status of real engines", () => {
  const cleanups: (() => Promise<unknown>)[] = [];

  afterEach(async () => {
    for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp();
  });

  function projectWith(options: EngineProjectOptions): EngineProject {
    const project = engineProject("status", options);
    cleanups.push(async () => project[Symbol.asyncDispose]());
    project.write({
      "0001_users/postgres.up.sql":
        "CREATE TABLE users (id bigint PRIMARY KEY);\nINSERT INTO users VALUES (1), (2);\n",
      "0001_users/clickhouse.up.sql": "CREATE TABLE users (id Int64) ENGINE = MergeTree ORDER BY id;\n",
    });
    return project;
  }

  /** A listener that accepts and never answers: what a firewall that swallows packets looks like. */
  async function blackHole(): Promise<string> {
    const sockets: Socket[] = [];
    const server: Server = createServer((socket) => {
      sockets.push(socket);
      socket.on("error", () => {});
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    cleanups.push(async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    const address = server.address();
    return typeof address === "object" && address !== null ? `127.0.0.1:${address.port}` : "";
  }

  const elsewhere = (store: EngineName, host: string) => {
    const url = new URL(engineUrl(store) ?? "");
    url.host = host;
    return url.href;
  };
  const withPassword = (store: EngineName, password: string) => {
    const url = new URL(engineUrl(store) ?? "");
    url.password = password;
    return url.href;
  };
  const look = (project: EngineProject, failOn?: string) => project.call(status, { failOn });
  /** On a machine that is busy with other tests a healthy store may be late: then it says so, and is asked again. */
  const lookInPeace = async (project: EngineProject, failOn?: string) => {
    let report = await look(project, failOn);
    const isLate = () =>
      report.data.findings.some(({ id }) => id === "STORE_TIMEOUT" || id === "INCONCLUSIVE");
    for (let attempt = 0; attempt < 8 && isLate(); attempt++) report = await look(project, failOn);
    return report;
  };

  it("is healthy after init and migrate up", async () => {
    const project = projectWith({ entities });
    expect((await lookInPeace(project)).data.verdict).toBe("degraded");
    await project.call(init, { dryRun: false, printSql: false });
    await project.call(up, { dryRun: false, allowOutOfOrder: false });
    await project.postgres("ANALYZE");
    const { exitStatus, data } = await lookInPeace(project, "warning");
    expect(data.findings).toEqual([]);
    expect({ exitStatus, verdict: data.verdict }).toEqual({ exitStatus: 0, verdict: "healthy" });
    expect(data.stores).toMatchObject([
      { store: "postgres", state: "up", rows: 2, collections: 1 },
      { store: "clickhouse", state: "up", rows: 0, collections: 1 },
    ]);
    for (const { version, latencyMs, sizeBytes } of data.stores) {
      expect(version).toMatch(/^\d+\.\d+/);
      expect(latencyMs).toBeGreaterThan(0);
      expect(sizeBytes).toBeGreaterThanOrEqual(0);
    }
    await project.clickhouse("DROP TABLE users SYNC");
    expect(await lookInPeace(project, "critical")).toMatchObject({
      exitStatus: 9,
      data: { findings: [{ id: "COLLECTION_MISSING", store: "clickhouse" }] },
    });
  });

  it.each(["postgres", "clickhouse"] as const)(
    "shows the other store when %s swallows packets",
    { retry: 2 },
    async (store) => {
      const project = projectWith({ urls: { [store]: elsewhere(store, await blackHole()) } });
      const startedMs = performance.now();
      const { exitStatus, data } = await look(project);
      expect(performance.now() - startedMs).toBeLessThan(2_000);
      expect(exitStatus).toBe(3);
      expectDown(data, store, "unreachable");
    },
  );

  it.each(["postgres", "clickhouse"] as const)(
    "tells that nothing listens where %s should be",
    { retry: 2 },
    async (store) => {
      const project = projectWith({ urls: { [store]: elsewhere(store, "127.0.0.1:1") } });
      const { exitStatus, data } = await look(project);
      expect(exitStatus).toBe(3);
      expectDown(data, store, "unreachable");
    },
  );

  it("tells a wrong password from a dead store, and never shows it", async () => {
    const password = "Wr0ng/p@ss word";
    const project = projectWith({ urls: { clickhouse: withPassword("clickhouse", password) } });
    const report = await look(project);
    expect(report.exitStatus).toBe(8);
    expectDown(report.data, "clickhouse", "denied");
    for (const form of [password, encodeURIComponent(password), btoa(`default:${password}`)]) {
      expect(JSON.stringify(report)).not.toContain(form);
    }
  });

  function expectDown(data: StatusData, store: EngineName, state: string): void {
    const other = store === "postgres" ? "clickhouse" : "postgres";
    expect(data.verdict).toBe("critical");
    expect(data.stores.find((seen) => seen.store === store)).toMatchObject({
      state,
      sizeBytes: null,
      rows: null,
    });
    expect(data.stores.find((seen) => seen.store === other)?.state).toBe("up");
    expect(data.findings[0]).toMatchObject({ severity: "critical", store });
  }
});
