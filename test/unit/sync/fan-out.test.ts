import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeTuple, tupleFields, tuples } from "../../../src/encoding/tuple.ts";
import { t } from "../../../src/encoding/types.ts";
import { viewOf } from "../../../src/encoding/view.ts";
import { DbctlError } from "../../../src/errors.ts";
import type { Projection, RowBatch, StoreName } from "../../../src/stores/store.ts";
import { fanOut } from "../../../src/sync/fan-out.ts";
import { openFake } from "../../support/fake.ts";

const FIELDS = [
  { name: "id", column: "id", type: t.int() },
  { name: "note", column: "note", type: t.text() },
];
const WHOLE: Projection = { fields: FIELDS, keyLength: 1, where: [] };
const NOTED: Projection = {
  fields: FIELDS.slice(0, 1),
  keyLength: 1,
  where: FIELDS.slice(1).map((field) => ({ field, op: "isNotNull" })),
};
const signal = new AbortController().signal;

function tuple(id: number): Uint8Array {
  const key = Buffer.alloc(8);
  key.writeInt32BE(id, 4);
  return encodeTuple([key, id % 3 === 0 ? null : Buffer.from(`note ${id}`)]);
}

async function* rows(count: number, onBatch?: (sent: number) => void): AsyncGenerator<RowBatch> {
  for (let start = 0; start < count; start += 10) {
    const part = Array.from({ length: Math.min(10, count - start) }, (_, index) => tuple(start + index));
    onBatch?.(start);
    yield { rows: part.length, bytes: Buffer.concat(part) };
  }
}

async function target(name: StoreName, narrow = WHOLE) {
  const store = openFake({ name });
  store.createTable(
    "notes",
    narrow.fields.map(({ column, type }) => ({ column, type })),
    1,
  );
  const collection = await store.collection({ store: name, name: "notes" }, { ...narrow, where: [] }, signal);
  return { store, collection, view: viewOf(WHOLE, narrow), mode: "insert" as const };
}

test("every target gets its part of one stream", async () => {
  const [all, noted] = [await target("postgres"), await target("clickhouse", NOTED)];
  const progress: number[] = [];
  const reports = await fanOut(rows(95), [all, noted], { signal, onRows: (count) => progress.push(count) });
  expect(reports).toMatchObject([{ rows: 95 }, { rows: 63 }]);
  expect(await all.collection.count({ signal })).toBe(95);
  expect(await noted.collection.count({ signal })).toBe(63);
  expect(progress.at(-1)).toBe(95);
});

test("the producer waits for the slowest target", async () => {
  const [fast, slow] = [await target("postgres"), await target("clickhouse")];
  const gate = Promise.withResolvers<void>();
  slow.store.server.onCall = ({ operation }) => (operation === "load.batch" ? gate.promise : undefined);
  let sent = 0;
  const done = fanOut(
    rows(1000, (start) => {
      sent = start;
    }),
    [fast, slow],
    { signal },
  );
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(sent).toBeLessThanOrEqual(80);
  gate.resolve();
  expect(await done).toMatchObject([{ rows: 1000 }, { rows: 1000 }]);
});

test("a target that fails stops the others, and its error is the one that is thrown", async () => {
  const [good, bad] = [await target("postgres"), await target("clickhouse")];
  let batches = 0;
  bad.store.server.onCall = ({ operation }) => {
    if (operation === "load.batch" && ++batches === 5) bad.store.server.mode = "down";
  };
  await expect(fanOut(rows(100_000), [good, bad], { signal })).rejects.toMatchObject({
    code: "STORE_UNREACHABLE",
    store: "clickhouse",
  });
  expect(await good.collection.count({ signal })).toBeLessThan(1000);
});

test("a load that ends before it looks at its rows does not leave the stream waiting for it", async () => {
  const [good, bad] = [await target("postgres"), await target("clickhouse")];
  const load = async () =>
    Promise.reject(new DbctlError("STORE_UNREACHABLE", "down", { store: "clickhouse" }));
  const deaf = { ...bad, collection: Object.assign(Object.create(bad.collection), { load }) };
  await expect(fanOut(rows(100_000), [deaf, good], { signal })).rejects.toMatchObject({
    code: "STORE_UNREACHABLE",
  });
}, 10_000);

test("what the producer throws comes out as it is", async () => {
  async function* broken(): AsyncGenerator<RowBatch> {
    yield* rows(50);
    throw new DbctlError("VALUE_UNREPRESENTABLE", "row 51 is odd");
  }
  const targets = [await target("postgres"), await target("clickhouse")];
  await expect(fanOut(broken(), targets, { signal })).rejects.toMatchObject({ message: "row 51 is odd" });
});

test.each([0, 1, 30])("cancellation at batch %i ends it", async (at) => {
  const controller = new AbortController();
  const targets = [await target("postgres"), await target("clickhouse")];
  const stream = rows(100_000, (start) => {
    if (start === at * 10) controller.abort();
  });
  await expect(fanOut(stream, targets, { signal: controller.signal })).rejects.toMatchObject({
    code: "CANCELLED",
  });
});

test("refused rows are reported by target", async () => {
  const picky = await target("clickhouse");
  picky.store.createTable(
    "notes",
    FIELDS.map(({ column, type }) => ({ column, type, required: true })),
    1,
  );
  const reports = await fanOut(rows(30), [await target("postgres"), picky], { signal });
  expect(reports).toMatchObject([
    { rows: 30, rejectedCount: 0 },
    { rows: 20, rejectedCount: 10 },
  ]);
});

test("a view of a batch is the view of each of its rows", () => {
  const fields = [...FIELDS, { name: "size", column: "size", type: t.int() }];
  const wide: Projection = { fields, keyLength: 1, where: [] };
  const field = fc.option(fc.uint8Array({ maxLength: 12 }), { nil: null });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(field, field, field), { maxLength: 20 }),
      fc.shuffledSubarray(fields, { minLength: 1 }),
      fc.boolean(),
      (values, picked, isFiltered) => {
        const where = isFiltered ? NOTED.where : [];
        const view = viewOf(wide, { fields: picked, keyLength: 1, where });
        const wanted = values
          .filter(([, note]) => !isFiltered || note !== null)
          .map((row) => picked.map((one) => row[fields.indexOf(one)] ?? null));
        const encoded = values.map((row) => encodeTuple(row));
        const batch = view.batch({ rows: values.length, bytes: Buffer.concat(encoded) });
        const seen = batch === null || batch.rows === 0 ? [] : [...tuples(batch)];
        const each = encoded.flatMap((row) => view.tuple(row) ?? []);
        expect(seen.map((row) => Buffer.from(row).toString("hex"))).toEqual(
          wanted.map((row) => Buffer.from(encodeTuple(row)).toString("hex")),
        );
        expect(each.map((row) => tupleFields(row).length)).toEqual(wanted.map(() => picked.length));
        expect(Buffer.concat(each)).toEqual(Buffer.concat(seen));
      },
    ),
  );
});

test("a view of what is not there is refused", () => {
  expect(() => viewOf(NOTED, WHOLE)).toThrow("note");
});

test("no row at all is no fault", async () => {
  const reports = await fanOut(rows(0), [await target("postgres")], { signal });
  expect(reports).toMatchObject([{ rows: 0, rejectedCount: 0 }]);
});
