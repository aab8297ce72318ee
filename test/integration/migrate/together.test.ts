import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { run as init } from "../../../src/commands/init.ts";
import { run as migrateStatus } from "../../../src/commands/migrate-status.ts";
import type { MigrateUpData } from "../../../src/commands/migrate-up.ts";
import type { Command } from "../../../src/context.ts";
import { withMigrationLock } from "../../../src/migrate/lock.ts";
import { hasEngine } from "../../support/engines.ts";
import { type EngineProject, engineProject, type Spawned } from "./project.ts";

const hasBoth = hasEngine("postgres") && hasEngine("clickhouse");
const STEPS = {
  "0001_a/postgres.up.sql": "CREATE TABLE a (id int);\nINSERT INTO a VALUES (1);\nSELECT pg_sleep(1);\n",
  "0001_a/clickhouse.up.sql":
    "CREATE TABLE a (id Int32) ENGINE = MergeTree ORDER BY id;\nINSERT INTO a VALUES (1);\n",
  "0002_b/postgres.up.sql": "-- dbctl: no-transaction\nCREATE TABLE b (id int);\nINSERT INTO b VALUES (1);\n",
};

describe.skipIf(!hasBoth)("runs at the same time, each a process of its own", () => {
  it("apply each step once, all five ending well", async () => {
    await using project = engineProject("five");
    project.write(STEPS);
    await project.call(init, { dryRun: false, printSql: false });
    const runs = await Promise.all(
      Array.from({ length: 5 }, () => project.spawn(["migrate", "up", "--json"])),
    );
    expect(runs.map(({ status }) => status)).toEqual([0, 0, 0, 0, 0]);
    const applied = runs.map(({ stdout }) => {
      const report: { readonly data: MigrateUpData } = JSON.parse(stdout);
      return report.data.applied.length;
    });
    expect(applied.toSorted()).toEqual([0, 0, 0, 0, 3]);
    for (const table of ["a", "b"]) {
      expect(await project.postgres(`SELECT count(*)::int AS rows FROM ${table}`)).toEqual([{ rows: 1 }]);
    }
    expect(await project.clickhouse("SELECT count() FROM a")).toEqual(["1"]);
    expect(await project.call(migrateStatus, {})).toMatchObject({ exitStatus: 0, data: { pending: 0 } });
  });

  it("are refused with 7 when they may not wait, and told who holds the lock", async () => {
    await using project = engineProject("refused");
    project.write(STEPS);
    await project.call(init, { dryRun: false, printSql: false });
    const report = await project.call(holdWhile, () =>
      project.spawn(["migrate", "up", "--lock-wait", "100ms"]),
    );
    expect(report.data.status).toBe(7);
    expect(report.data.stderr).toMatch(new RegExp(`process ${process.pid}|held by .*${process.pid}`));
    expect((await project.call(migrateStatus, {})).data.pending).toBe(3);
  });

  it("go on at once when the holder of the lock is killed", async () => {
    await using project = engineProject("killed");
    project.write(STEPS);
    await project.call(init, { dryRun: false, printSql: false });
    const holding = await holdInProcess(project);
    const waiting = Promise.withResolvers<void>();
    const second = project.spawn(["migrate", "up", "--json", "--verbose"], (child) => {
      child.stderr?.on("data", (text: string) => {
        if (text.includes("waiting")) waiting.resolve();
      });
    });
    await waiting.promise;
    const killedMs = performance.now();
    holding.kill();
    expect((await second).status).toBe(0);
    expect(performance.now() - killedMs).toBeLessThan(4_000);
    expect((await project.call(migrateStatus, {})).data.pending).toBe(0);
  });
});

/** Holds the lock of the layer while `work` runs. */
const holdWhile: Command<() => Promise<Spawned>, Spawned> = async (context, work) => {
  const { value } = await withMigrationLock(context, 0, work);
  return { exitStatus: 0, data: value, warnings: [] };
};

/** A process that holds the lock until it is killed. */
async function holdInProcess(project: EngineProject): Promise<{ readonly kill: () => void }> {
  const file = fileURLToPath(new URL("./hold-lock.ts", import.meta.url));
  const child = spawn(process.execPath, [file, project.root], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  return { kill: () => child.kill("SIGKILL") };
}
