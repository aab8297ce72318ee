import { cpSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run as init } from "../../../src/commands/init.ts";
import { run as migrate } from "../../../src/commands/migrate-up.ts";
import { run as clean } from "../../../src/commands/seed-clean.ts";
import { run as seed } from "../../../src/commands/seed-run.ts";
import { run as sync } from "../../../src/commands/sync.ts";
import { run as verify } from "../../../src/commands/verify-consistency.ts";
import { hasEngine } from "../../support/engines.ts";
import { type EngineProject, engineProject } from "../migrate/project.ts";
import { loadEntities } from "./load-layer.ts";

const LAYER = join(import.meta.dirname, "../../bench/load");
const OPTIONS = { scale: 3000, randomSeed: 7, dryRun: false };
const VERIFY = { repair: false, deleteExtra: false, dryRun: false, limit: 5, lagMs: 0 };

describe.skipIf(!hasEngine("postgres") || !hasEngine("clickhouse"))("seeds on real engines", () => {
  let project: EngineProject;

  beforeAll(async () => {
    project = engineProject("seed", { entities: await loadEntities(LAYER) });
    for (const part of ["migrations", "seeds"])
      cpSync(join(LAYER, part), join(project.root, part), { recursive: true });
    await project.call(init, { dryRun: false, printSql: false });
    await project.call(migrate, { dryRun: false, lockWaitMs: 10_000, allowOutOfOrder: false });
  });

  afterAll(() => project?.[Symbol.asyncDispose]());

  test("one stream fills both stores alike; the same again changes nothing, another seed does", async () => {
    const first = await project.call(seed, OPTIONS);
    expect(first.exitStatus).toBe(0);
    expect(first.data.entities[0]?.places.map(({ place, rows }) => [place, rows])).toEqual([
      ["postgres:executions", 3000],
      ["clickhouse:executions", 3000],
    ]);
    const proof = await project.call(verify, VERIFY);
    expect(proof.data).toMatchObject({ state: "equal", entities: [{ rows: 3000 }] });
    await project.call(seed, OPTIONS);
    const again = await project.call(verify, VERIFY);
    expect(again.data).toMatchObject({ state: "equal", root: proof.data.root, entities: [{ rows: 3000 }] });
    await project.call(seed, { ...OPTIONS, randomSeed: 8 });
    expect((await project.call(verify, VERIFY)).data).toMatchObject({
      state: "equal",
      entities: [{ rows: 6000 }],
    });
  });

  test("the source alone, then a sync, comes to the same", async () => {
    await project.call(clean, { dryRun: false, confirm: "shop" });
    expect(await project.clickhouse("SELECT count() FROM executions")).toEqual(["0"]);
    const skipped = await project.call(seed, OPTIONS, { skip: ["clickhouse"] });
    expect(skipped.exitStatus).toBe(0);
    expect((await project.call(verify, VERIFY)).exitStatus).toBe(6);
    const synced = await project.call(sync, { dryRun: false });
    expect(synced.data.entities[0]?.copies[0]).toMatchObject({ rows: 3000, rejectedCount: 0 });
    await project.call(sync, { dryRun: false });
    expect((await project.call(verify, VERIFY)).data.state).toBe("equal");
  });

  test("clean empties what the seeds made, in every store", async () => {
    const { data } = await project.call(clean, { dryRun: false, confirm: "shop" });
    expect(data.places.map(({ place, rows }) => [place, rows])).toEqual([
      ["clickhouse:executions", 3000],
      ["postgres:executions", 3000],
    ]);
    expect(await project.postgres("SELECT count(*)::int AS n FROM executions")).toEqual([{ n: 0 }]);
    expect(await project.clickhouse("SELECT count() FROM executions")).toEqual(["0"]);
    expect((await project.call(verify, VERIFY)).exitStatus).toBe(0);
  });

  test("cancellation leaves no half-written batch behind that a second run could not replace", async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 400);
    const run = project.call(seed, { ...OPTIONS, scale: 200_000 }, { signal: controller.signal });
    await expect(run).rejects.toMatchObject({ code: "CANCELLED" });
    await project.call(seed, OPTIONS);
    await project.call(clean, { dryRun: false, confirm: "shop" });
    await project.call(seed, OPTIONS);
    expect((await project.call(verify, VERIFY)).data).toMatchObject({
      state: "equal",
      entities: [{ rows: 3000 }],
    });
  });
});
