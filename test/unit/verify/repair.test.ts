import { expect, test } from "vitest";
import { compareEntity } from "../../../src/verify/compare.ts";
import { KeyLog } from "../../../src/verify/key-log.ts";
import { type RepairOptions, repair } from "../../../src/verify/repair.ts";
import { upsert } from "./live.ts";
import { compareOptions, makeRow, makeRows, type Row, type ScenarioOptions, scenario } from "./scenario.ts";

async function found(source: readonly Row[], copy: readonly Row[], options: ScenarioOptions = {}) {
  const { plan, ...stores } = await scenario(source, copy, options);
  const { copies } = await compareEntity(plan, compareOptions());
  const [outcome] = copies;
  if (outcome === undefined) throw new Error("no copy was compared");
  const target = { source: plan.source, copy: outcome.plan, keys: outcome.keys };
  return { plan, ...stores, target, counts: outcome.counts };
}

function repairOptions(options: Partial<RepairOptions> = {}): RepairOptions {
  return { signal: new AbortController().signal, deleteExtra: false, dryRun: false, limit: 10, ...options };
}

const ROWS = makeRows(50);
const DAMAGED = [
  ...ROWS.filter(({ id }) => id !== 1).map((row) => (row.id === 2 ? { ...row, name: "x" } : row)),
  makeRow(3),
  makeRow(900),
];

test("a dry run lists what a repair would do, and writes nothing", async () => {
  const { plan, copy, target, counts } = await found(ROWS, DAMAGED);
  const writes: string[] = [];
  copy.server.onCall = ({ operation }) => {
    if (/load|remove/.test(operation)) writes.push(operation);
  };
  const [outcome] = await repair([target], repairOptions({ dryRun: true, deleteExtra: true }));
  expect(outcome).toMatchObject({ written: 3, deleted: 1, changed: 0, extrasKept: 0 });
  expect(outcome?.actions).toEqual([
    { action: "write", key: { region: "r000", id: "1" } },
    { action: "write", key: { region: "r000", id: "2" } },
    { action: "replace", key: { region: "r000", id: "3" } },
    { action: "delete", key: { region: "r000", id: "900" } },
  ]);
  expect(writes).toEqual([]);
  const { copies } = await compareEntity(plan, compareOptions());
  expect(copies[0]?.counts).toEqual(counts);
});

test("extras stay unless they are asked to go", async () => {
  const { plan, target } = await found(ROWS, DAMAGED);
  const [outcome] = await repair([target], repairOptions());
  expect(outcome).toMatchObject({ written: 3, deleted: 0, extrasKept: 1 });
  const { copies } = await compareEntity(plan, compareOptions());
  expect(copies[0]?.counts).toMatchObject({ missing: 0, different: 0, duplicate: 0, extra: 1 });
});

test("what has changed since it was compared is left alone", async () => {
  const { copy, target } = await found(ROWS, DAMAGED);
  await upsert(copy, { ...makeRow(2), name: "somebody else's" });
  await upsert(copy, makeRow(1));
  await upsert(copy, { ...makeRow(900), name: "somebody else's" });
  const [outcome] = await repair([target], repairOptions({ deleteExtra: true }));
  expect(outcome).toMatchObject({ written: 1, deleted: 0, changed: 3 });
});

test("a key that the source holds twice can't be repaired", async () => {
  const { target } = await found([...ROWS, makeRow(4)], ROWS);
  const [outcome] = await repair([target], repairOptions());
  expect(outcome).toMatchObject({ written: 0, ambiguous: 1 });
});

test("nothing is deleted from an archive", async () => {
  const { target, counts } = await found(ROWS.slice(10), ROWS, { role: "archive" });
  expect(counts).toMatchObject({ archived: 10, extra: 0 });
  target.keys.add({
    kind: "extra",
    key: [Buffer.from("r000"), Buffer.alloc(8)],
    fingerprint: Buffer.alloc(32),
  });
  const [outcome] = await repair([target], repairOptions({ deleteExtra: true }));
  expect(outcome).toMatchObject({ deleted: 0, extrasKept: 1 });
});

test("rows are written before extras are deleted, and these in reverse order of the targets", async () => {
  const first = await found(ROWS, DAMAGED);
  const second = await found(ROWS, DAMAGED);
  const calls: string[] = [];
  for (const [name, { copy }] of [
    ["first", first],
    ["second", second],
  ] as const) {
    copy.server.onCall = ({ operation }) => {
      if (operation === "load" || operation === "remove") calls.push(`${name} ${operation}`);
    };
  }
  await repair([first.target, second.target], repairOptions({ deleteExtra: true }));
  expect(calls).toEqual([
    "first load",
    "first remove",
    "first load",
    "second load",
    "second remove",
    "second load",
    "second remove",
    "first remove",
  ]);
});

test("keys come back as they were logged", () => {
  const log = new KeyLog();
  const entries = Array.from({ length: 40_000 }, (_, index) => ({
    kind: index % 2 === 0 ? ("missing" as const) : ("extra" as const),
    key: [Buffer.from(`key ${index}`), index % 3 === 0 ? null : Buffer.alloc(8, index)],
    fingerprint: Buffer.alloc(32, index),
  }));
  for (const entry of entries) log.add(entry);
  const batches = [...log.batches(7000)];
  expect(batches.map((batch) => batch.length)).toEqual([7000, 7000, 7000, 7000, 7000, 5000]);
  expect(log.size).toBe(40_000);
  const [sample, logged] = [entries[23_457], batches.flat()[23_457]];
  expect(logged?.kind).toBe(sample?.kind);
  expect(logged?.key.map((field) => field && Buffer.from(field).toString("hex"))).toEqual(
    sample?.key.map((field) => field?.toString("hex") ?? null),
  );
  expect(Buffer.from(logged?.fingerprint ?? []).equals(sample?.fingerprint ?? Buffer.alloc(0))).toBe(true);
});
