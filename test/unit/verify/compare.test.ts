import { describe, expect, test } from "vitest";
import { DbctlError } from "../../../src/errors.ts";
import type { Predicate } from "../../../src/stores/store.ts";
import { compareEntity } from "../../../src/verify/compare.ts";
import { stateOf } from "../../../src/verify/tally.ts";
import {
  COPY_KINDS,
  compareOptions,
  FIELDS,
  insert,
  makeRow,
  makeRows,
  type Row,
  type ScenarioOptions,
  scenario,
} from "./scenario.ts";

async function compare(
  source: readonly Row[],
  copy: readonly Row[],
  options: ScenarioOptions = {},
  limit = 100,
) {
  const { plan } = await scenario(source, copy, options);
  const { copies, ...entity } = await compareEntity(plan, compareOptions({ limit }));
  const [outcome] = copies;
  if (outcome === undefined) throw new Error("no copy was compared");
  return { ...outcome, entity, state: stateOf(outcome.counts) };
}

describe.each(COPY_KINDS)("%s", (kind) => {
  test("nothing on either side is equal", async () => {
    const { state, counts } = await compare([], [], { kind });
    expect(state).toBe("equal");
    expect(counts).toMatchObject({ sourceRows: 0, copyRows: 0, equal: 0 });
  });

  test("one row", async () => {
    const { state, counts } = await compare([makeRow(1)], [makeRow(1)], { kind });
    expect(state).toBe("equal");
    expect(counts).toMatchObject({ sourceRows: 1, copyRows: 1, equal: 1 });
  });

  test("only extras", async () => {
    const { state, counts } = await compare([], makeRows(1500), { kind });
    expect(state).toBe("different");
    expect(counts).toMatchObject({ sourceRows: 0, copyRows: 1500, extra: 1500, equal: 0 });
  });

  test("an empty copy", async () => {
    const { counts } = await compare(makeRows(1500), [], { kind });
    expect(counts).toMatchObject({ sourceRows: 1500, copyRows: 0, missing: 1500, equal: 0 });
  });

  test("every row different: all are counted, the first are kept in key order", async () => {
    const rows = makeRows(5000);
    const copy = rows.map((row) => ({ ...row, amount: "0" }));
    const { counts, differences } = await compare(rows, copy, { kind }, 3);
    expect(counts).toMatchObject({ different: 5000, equal: 0 });
    expect(differences.map(({ key }) => key.id)).toEqual(["0", "1", "2"]);
    expect(differences[1]?.columns).toEqual([
      { field: "amount", type: "decimal(18,4)", source: "1.2500", copy: "0.0000" },
    ]);
  });

  test("an archive keeps what has left the source, but must have the rest", async () => {
    const rows = makeRows(3000);
    const { counts, differences, state } = await compare(rows.slice(500), rows.slice(0, 2999), {
      kind,
      role: "archive",
    });
    expect(counts).toMatchObject({ archived: 500, missing: 1, extra: 0, equal: 2499 });
    expect(differences.map(({ kind, key }) => [kind, key.id])).toEqual([["missing", "2999"]]);
    expect(state).toBe("different");
  });

  test("a cache may lack rows, but not hold others", async () => {
    const rows = makeRows(2000);
    const cached = rows.slice(0, 1200).map((row) => (row.id === 7 ? { ...row, name: "old" } : row));
    const { counts, differences } = await compare(rows, cached, { kind, role: "cache" });
    expect(counts).toMatchObject({ absent: 800, missing: 0, different: 1, equal: 1199 });
    expect(differences[0]).toMatchObject({ kind: "different", key: { id: "7" } });
  });

  test("a copy of some rows and fields", async () => {
    const { where, hasName } = named();
    const rows = makeRows(3000);
    const copy = rows.filter(hasName).map((row) => ({ ...row, amount: "0", at: 0n }));
    const options = { kind, where, fields: ["name", "doc"] };
    expect((await compare(rows, copy, options)).counts).toMatchObject({ sourceRows: 2400, equal: 2400 });

    const stale = [...copy.filter(({ id }) => id !== 1), { ...makeRow(5), name: "gone" }];
    const { counts, differences } = await compare(rows, stale, options);
    expect(counts).toMatchObject({ missing: 1, extra: 1, equal: 2399 });
    expect(differences.map(({ kind, key }) => [kind, key.id])).toEqual([
      ["missing", "1"],
      ["extra", "5"],
    ]);
  });

  test("a row that the copy's filter hides is different, not missing", async () => {
    const { where, hasName } = named();
    const rows = makeRows(10);
    const copy = rows.filter(hasName).map((row) => (row.id === 3 ? { ...row, name: null } : row));
    const { counts, differences } = await compare(rows, copy, { kind, where });
    expect(counts).toMatchObject({ different: 1, missing: 0, extra: 0 });
    expect(differences[0]?.columns).toEqual([{ field: "name", type: "text", source: "name 3", copy: null }]);
  });

  test("rows outside the filter on both sides are nobody's business", async () => {
    const { where, hasName } = named();
    const rows = makeRows(100);
    const copy = [...rows.filter(hasName), { ...makeRow(5), amount: "77" }];
    const { state } = await compare(rows, copy, { kind, where });
    expect(state).toBe("equal");
  });

  test("a source that holds a key twice", async () => {
    const rows = makeRows(1200);
    const twice = [...rows, makeRow(4)];
    const { counts } = await compare(twice, rows, { kind });
    expect(counts).toMatchObject({ duplicate: 1, missing: 0, extra: 0 });
    expect((await compare(twice, twice, { kind })).state).toBe("equal");
  });
});

test("more rows of a key than a leaf holds", async () => {
  const rows = [...makeRows(10), ...Array.from({ length: 3000 }, () => makeRow(10)), makeRow(11)];
  expect((await compare(rows, rows)).counts).toMatchObject({ duplicate: 0, missing: 0, extra: 0 });
  expect((await compare(rows, rows.slice(0, -1))).counts).toMatchObject({ missing: 1, extra: 0 });
});

test("equal leaves are not read as rows", async () => {
  const rows = makeRows(20_000);
  const copy = rows.map((row) => (row.id === 15_000 ? { ...row, name: "x" } : row));
  const { plan, copy: store } = await scenario(rows, copy);
  let batches = 0;
  store.server.onCall = ({ operation }) => {
    if (operation === "ordered.scan.batch") batches++;
  };
  const { copies } = await compareEntity(plan, compareOptions());
  expect(copies[0]?.counts).toMatchObject({ leaves: 20, leavesUnequal: 1, different: 1, equal: 19_999 });
  expect(batches).toBeLessThan(5);
});

test("the failure of a required copy names its store", async () => {
  const { plan, copy } = await scenario(makeRows(3000), makeRows(3000));
  copy.server.onCall = ({ operation }) => {
    if (operation === "digest") copy.server.mode = "down";
  };
  await expect(compareEntity(plan, compareOptions())).rejects.toMatchObject({
    code: "STORE_UNREACHABLE",
    store: "clickhouse",
  });
});

test.each(COPY_KINDS)("%s: an optional copy that fails on the way is left out, never equal", async (kind) => {
  const rows = makeRows(6000);
  const { plan, copy } = await scenario(rows, rows, { kind, optional: true });
  copy.server.onCall = ({ operation }) => {
    if (/digest|ordered.scan.batch|lookup/.test(operation)) copy.server.mode = "down";
  };
  const { copies, rows: read } = await compareEntity(plan, compareOptions());
  expect(copies[0]?.failure).toBeInstanceOf(DbctlError);
  expect(copies[0]?.failure).toMatchObject({ code: "STORE_UNREACHABLE", store: "clickhouse" });
  expect(read).toBe(6000);
});

test("the failure of the source ends the run although the copy is optional", async () => {
  const rows = makeRows(6000);
  const { plan, source } = await scenario(rows, rows, { optional: true });
  let batches = 0;
  source.server.onCall = ({ operation }) => {
    if (operation === "ordered.scan.batch" && ++batches === 3) source.server.mode = "down";
  };
  await expect(compareEntity(plan, compareOptions())).rejects.toMatchObject({ store: "postgres" });
});

test.each(COPY_KINDS)("%s: cancellation ends a comparison at once", async (kind) => {
  const rows = makeRows(6000);
  const { plan, source } = await scenario(rows, [], { kind, lagMs: 60_000 });
  const controller = new AbortController();
  let batches = 0;
  source.server.onCall = ({ operation }) => {
    if (operation === "ordered.scan.batch" && ++batches === 3) setTimeout(() => controller.abort(), 50);
  };
  const startedMs = performance.now();
  await expect(compareEntity(plan, compareOptions({ signal: controller.signal }))).rejects.toMatchObject({
    code: "CANCELLED",
  });
  expect(performance.now() - startedMs).toBeLessThan(2000);
});

test("a source that keeps no order is refused", async () => {
  const { plan } = await scenario([makeRow(1)], []);
  const { ordered: _, ...unordered } = plan.source;
  await expect(compareEntity({ ...plan, source: unordered }, compareOptions())).rejects.toMatchObject({
    code: "CONFIG_INVALID",
  });
});

test("what was inserted later than the snapshot is not asked for", async () => {
  const { plan, source } = await scenario(makeRows(100), makeRows(100));
  await insert(source, [makeRow(200)]);
  const { copies, rows } = await compareEntity(plan, compareOptions());
  expect(rows).toBe(100);
  expect(stateOf(copies[0]?.counts ?? never())).toBe("equal");
});

/** Rows with a name. */
function named(): { where: readonly Predicate[]; hasName: (row: Row) => boolean } {
  const field = FIELDS[2];
  if (field === undefined) throw new Error("no field");
  return { where: [{ field, op: "isNotNull" }], hasName: ({ name }) => name !== null };
}

function never(): never {
  throw new Error("there is no outcome");
}
