import { afterEach, describe, expect, test } from "vitest";
import type { CopyOptions } from "../../../src/config/entity.ts";
import { hasEngine } from "../../support/engines.ts";
import { openThings, type Things } from "./things.ts";

let things: Things | undefined;

afterEach(async () => {
  await things?.[Symbol.asyncDispose]();
  things = undefined;
});

async function open(copy: CopyOptions = {}): Promise<Things> {
  things = await openThings("shapes", copy);
  return things;
}

const REGION = "'r' || lpad((id / 1000)::text, 3, '0')";

describe.skipIf(!hasEngine("postgres") || !hasEngine("clickhouse"))("tables of every shape", () => {
  test("no row at all, one row, only extras", async () => {
    const { fill, sync, verify, project } = await open();
    const empty = await verify();
    expect([empty.exitStatus, empty.data.entities[0]?.rows]).toEqual([0, 0]);
    await fill(1, 1);
    expect((await verify()).data.entities[0]?.copies[0]?.counts).toMatchObject({ missing: 1, copyRows: 0 });
    await sync();
    expect((await verify()).data.entities[0]?.copies[0]?.counts).toMatchObject({ equal: 1, copyRows: 1 });
    await fill(2, 2500);
    await sync();
    await project.postgres("DELETE FROM things");
    const { exitStatus, data } = await verify({ limit: 3 });
    expect(exitStatus).toBe(6);
    expect(data.entities[0]).toMatchObject({ rows: 0, root: empty.data.entities[0]?.root });
    expect(data.entities[0]?.copies[0]).toMatchObject({
      counts: { sourceRows: 0, copyRows: 2500, extra: 2500 },
      differencesTotal: 2500,
      truncated: true,
    });
    const kept = await verify({ repair: true });
    expect(kept.data.repair?.copies[0]).toMatchObject({ extrasKept: 2500, deleted: 0 });
    const deleted = await verify({ repair: true, deleteExtra: true });
    expect(deleted.exitStatus).toBe(0);
    expect(deleted.data.repair?.copies[0]).toMatchObject({ deleted: 2500 });
    expect(await project.clickhouse("SELECT count() FROM things")).toEqual(["0"]);
  });

  test("every row different", async () => {
    const { fill, sync, verify, project } = await open();
    await fill(1, 6000);
    await sync();
    const { root } = (await verify()).data;
    await project.clickhouse("ALTER TABLE things UPDATE amount = amount + 1 WHERE 1");
    const { data } = await verify({ limit: 2 });
    expect(data.entities[0]?.copies[0]?.counts).toMatchObject({
      different: 6000,
      equal: 0,
      leavesUnequal: 6,
    });
    expect(data.entities[0]?.copies[0]?.differences[0]?.columns).toEqual([
      { field: "amount", type: "decimal(18,4)", source: "1.2500", copy: "2.2500" },
    ]);
    const repaired = await verify({ repair: true });
    expect(repaired.data).toMatchObject({ state: "equal", root, repair: { copies: [{ written: 6000 }] } });
  });

  test("a copy of some rows and fields holds no other", async () => {
    const where = { note: { not: null }, id: { gte: 100 }, flag: true };
    const { fill, sync, verify, project } = await open({ where, fields: ["note", "flag", "at"] });
    await fill(1, 5000);
    await sync();
    const held = (
      await project.postgres(
        "SELECT count(*)::int AS n FROM things WHERE note IS NOT NULL AND id >= 100 AND flag",
      )
    )[0]?.n;
    const equal = await verify();
    expect(equal.data.entities[0]?.copies[0]?.counts).toMatchObject({
      sourceRows: held,
      copyRows: held,
      equal: held,
    });

    await project.postgres("UPDATE things SET note = NULL WHERE id = 2002");
    await project.postgres("UPDATE things SET flag = true WHERE id = 2003");
    await project.postgres("UPDATE things SET amount = 0 WHERE id = 2004");
    await project.clickhouse("ALTER TABLE things UPDATE flag = false WHERE id = 2008");
    const { data } = await verify();
    expect(data.entities[0]?.copies[0]?.differences.map(({ kind, key }) => [kind, key.id])).toEqual([
      ["extra", "2002"],
      ["missing", "2003"],
      ["different", "2008"],
    ]);
    expect((await verify({ repair: true, deleteExtra: true })).exitStatus).toBe(0);
    expect(await project.clickhouse("SELECT flag FROM things WHERE id = 2008")).toEqual(["true"]);
  });

  test("an archive keeps what has left the source", async () => {
    const archive = await open({ role: "archive" });
    await archive.fill(1, 3000);
    await archive.sync();
    await archive.project.postgres("DELETE FROM things WHERE id <= 1500");
    const kept = await archive.verify({ repair: true, deleteExtra: true });
    expect(kept.exitStatus).toBe(0);
    expect(kept.data.entities[0]?.copies[0]?.counts).toMatchObject({ archived: 1500, equal: 1500, extra: 0 });
    expect(await archive.project.clickhouse("SELECT count() FROM things")).toEqual(["3000"]);
  });

  test("what is written while it is compared is never reported as different", async () => {
    const { fill, sync, verify, project } = await open();
    await fill(1, 8000);
    await sync();
    let isRunning = true;
    const writer = (async () => {
      for (let turn = 0; isRunning; turn++) {
        const id = 10_000 + turn;
        await project.postgres(`INSERT INTO things (region, id, tags) VALUES ('z', ${id}, '{}')`);
        await project.postgres(
          `UPDATE things SET flag = NOT flag WHERE id = ${1 + (turn % 8000)} AND region = ${REGION}`,
        );
        const row = `id = ${1 + (turn % 8000)}`;
        await project.clickhouse(`INSERT INTO things (region, id) VALUES ('z', ${id})`);
        await project.clickhouse(`ALTER TABLE things UPDATE flag = NOT flag WHERE ${row}`);
      }
    })();
    try {
      for (let round = 0; round < 4; round++) {
        const { data } = await verify({ lagMs: 1500 });
        expect(["equal", "inconclusive"]).toContain(data.state);
        expect(data.entities[0]?.copies[0]?.differences).toEqual([]);
      }
    } finally {
      isRunning = false;
      await writer;
    }
    expect((await verify()).data.state).toBe("equal");
  });
});
