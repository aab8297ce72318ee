import { expect, test } from "vitest";
import { compareEntity } from "../../../src/verify/compare.ts";
import { stateOf } from "../../../src/verify/tally.ts";
import { upsert } from "./live.ts";
import { COPY_KINDS, compareOptions, FIELDS, makeRow, makeRows, scenario } from "./scenario.ts";

const LAG_MS = 30;

test.each(COPY_KINDS)("%s: a row that arrives within the lag is no difference", async (kind) => {
  const rows = makeRows(2000);
  const late = rows.filter(({ id }) => id !== 700);
  const { plan, copy } = await scenario(rows, late, { kind, lagMs: LAG_MS });
  let isPlanned = false;
  copy.server.onCall = ({ operation }) => {
    // The first look at the copy is over: the row is on its way.
    if (!/digest|ordered.scan|lookup/.test(operation) || isPlanned) return;
    isPlanned = true;
    setTimeout(() => void upsert(copy, makeRow(700)), 5);
  };
  const { copies } = await compareEntity(plan, compareOptions());
  expect(copies[0]?.counts).toMatchObject({ missing: 0, converging: 0, equal: 2000 });
  expect(stateOf(copies[0]?.counts ?? never())).toBe("equal");
});

test.each(COPY_KINDS)("%s: what changes each time is converging, what stays is different", async (kind) => {
  const rows = makeRows(2000);
  const copyRows = rows.map((row) => (row.id === 3 || row.id === 1500 ? { ...row, name: "old" } : row));
  const { plan, copy } = await scenario(rows, copyRows, { kind, lagMs: LAG_MS });
  let change = 0;
  copy.server.onCall = async ({ operation, collection }) => {
    if (operation !== "lookup" || collection !== "rows") return;
    await upsert(copy, { ...makeRow(3), name: `new ${change++}` });
  };
  const { copies } = await compareEntity(plan, compareOptions());
  expect(copies[0]?.counts).toMatchObject({ converging: 1, different: 1, equal: 1998 });
  expect(copies[0]?.differences.map(({ key }) => key.id)).toEqual(["1500"]);
  expect(copies[0]?.keys.size).toBe(1);
});

test("converging alone is inconclusive, never equal", async () => {
  const rows = makeRows(10);
  const { plan, copy } = await scenario(rows, rows.slice(1), { lagMs: LAG_MS });
  let change = 0;
  copy.server.onCall = async ({ operation }) => {
    if (operation === "lookup") await upsert(copy, { ...makeRow(0), name: `new ${change++}` });
  };
  const { copies } = await compareEntity(plan, compareOptions());
  expect(stateOf(copies[0]?.counts ?? never())).toBe("inconclusive");
});

test("a difference that has become another one counts once it stays", async () => {
  const rows = makeRows(10);
  const { plan, copy } = await scenario(rows, rows.slice(1), { lagMs: LAG_MS });
  let isChanged = false;
  copy.server.onCall = async ({ operation }) => {
    if (operation !== "lookup" || isChanged) return;
    isChanged = true;
    await upsert(copy, { ...makeRow(0), name: "half-way" });
  };
  const { copies } = await compareEntity(plan, compareOptions());
  expect(copies[0]?.counts).toMatchObject({ different: 1, missing: 0, converging: 0 });
});

test("what has left both sides since is nothing", async () => {
  const rows = makeRows(10);
  const { plan, source } = await scenario(rows, rows.slice(1), { lagMs: LAG_MS });
  let isGone = false;
  source.server.onCall = async ({ operation }) => {
    if (operation !== "lookup" || isGone) return;
    isGone = true;
    await plan.source.remove([[Buffer.from("r000"), Buffer.alloc(8)]], {
      signal: new AbortController().signal,
    });
  };
  const { copies } = await compareEntity(plan, compareOptions());
  expect(copies[0]?.counts).toMatchObject({ missing: 0, converging: 0, equal: 9 });
});

test("a row that has left the filter since, and that the copy's filter hides, is nobody's business", async () => {
  const field = FIELDS[2];
  if (field === undefined) throw new Error("no field");
  const rows = [makeRow(1), makeRow(2)];
  const hidden = rows.map((row) => (row.id === 1 ? { ...row, name: null } : row));
  const { plan, source } = await scenario(rows, hidden, {
    where: [{ field, op: "isNotNull" }],
    lagMs: LAG_MS,
  });
  source.server.onCall = async ({ operation }) => {
    if (operation === "lookup") await upsert(source, { ...makeRow(1), name: null });
  };
  const { copies } = await compareEntity(plan, compareOptions());
  expect(copies[0]?.counts).toMatchObject({ missing: 0, extra: 0, different: 0, converging: 0, equal: 1 });
});

function never(): never {
  throw new Error("there is no outcome");
}
