import { describe, expect, it } from "vitest";
import { type FieldType, t } from "../../../src/encoding/types.ts";
import { encodeValue } from "../../../src/encoding/value.ts";
import type { LoadReport, RowBatch, WriteOptions } from "../../../src/stores/store.ts";
import { hasEngine } from "../../support/engines.ts";
import { batches, collectionOf, encode, failure, Kit, never, type Values } from "./kit.ts";

type Mode = WriteOptions["mode"];
type Types = Readonly<Record<string, FieldType>>;

const key = (id: number) => [encodeValue(t.int(), id)];
const keysOf = ({ rejected }: LoadReport) =>
  rejected.map(({ key: [id] }) => Number(Buffer.from(id ?? []).readBigInt64BE()));

/** Other engines' texts may hold one. */
function withZeroByte(row: Uint8Array): Uint8Array {
  const at = Buffer.from(row).indexOf("nul");
  return at < 0 ? row : Buffer.concat([row.subarray(0, at), Buffer.from("n\0l"), row.subarray(at + 3)]);
}

describe.skipIf(!hasEngine("postgres"))("loading", () => {
  const kit = new Kit("load");
  const store = kit.ready();

  async function load(name: string, types: Types, mode: Mode, rows: readonly Values[], size?: number) {
    const collection = await collectionOf(await store, name, types);
    return collection.load(batches(encode(collection, rows), size), { signal: never, mode });
  }
  const create = async (ddl: string) => {
    await store;
    await kit.sql(ddl);
  };
  const TYPES = { id: t.int(), n: t.int(), s: t.text() };
  const rowsUpTo = (count: number, change: (id: number) => Values = () => ({})) =>
    Array.from({ length: count }, (_, id) => ({ id, n: id % 100, s: `s${id}`, ...change(id) }));

  it.each(["insert", "upsert"] as const)("%s: refused rows are named, all others written", async (mode) => {
    const name = `refused_${mode}`;
    await create(
      `CREATE TABLE ${name} (id int PRIMARY KEY, n int2 NOT NULL CHECK (n <> 13), s varchar(8) UNIQUE DEFERRABLE INITIALLY DEFERRED)`,
    );
    const bad = new Map<number, Values>([
      [0, { n: 40_000 }],
      [17, { n: null }],
      [3_000, { n: 13 }],
      [3_001, { s: "too long a text" }],
      [3_002, { s: "nul" }],
      [4_444, { s: "s4443" }],
      [4_998, { s: "12345678 " }],
      [4_999, { id: 5_000_000_000 }],
    ]);
    const rows = rowsUpTo(5_000, (id) => ({ n: id % 10, ...bad.get(id) }));
    const collection = await collectionOf(await store, name, TYPES);
    const encoded = encode(collection, rows).map((row) => withZeroByte(row));
    const report = await collection.load(batches(encoded), { signal: never, mode });
    expect(keysOf(report).sort((a, b) => a - b)).toEqual([
      0, 17, 3_000, 3_001, 3_002, 4_444, 4_998, 5_000_000_000,
    ]);
    expect(report).toMatchObject({ rows: 4_992, rejectedCount: 8 });
    for (const { reason } of report.rejected) expect(reason).not.toBe("");
    expect(await kit.sql(`SELECT count(*)::int FROM ${name}`)).toEqual([{ count: 4_992 }]);
  });

  it("a key that is there already refuses its row under insert, replaces it under upsert", async () => {
    await create("CREATE TABLE there (id int PRIMARY KEY, n int, s text, other int DEFAULT 7)");
    await load("there", TYPES, "insert", rowsUpTo(10));
    await kit.sql("UPDATE there SET other = 8");
    const report = await load(
      "there",
      TYPES,
      "insert",
      rowsUpTo(12, () => ({ s: "new" })),
    );
    expect(keysOf(report)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(report.rows).toBe(2);
    const again = [...rowsUpTo(5, () => ({ s: "first" })), ...rowsUpTo(5, () => ({ s: "last" }))];
    expect(await load("there", TYPES, "upsert", again, 3)).toMatchObject({ rejectedCount: 0 });
    expect(await kit.sql("SELECT s, other, count(*)::int FROM there GROUP BY 1, 2 ORDER BY 1")).toEqual([
      { s: "last", other: 8, count: 5 },
      { s: "new", other: 7, count: 2 },
      ...[5, 6, 7, 8, 9].map((id) => ({ s: `s${id}`, other: 8, count: 1 })),
    ]);
  });

  it("all rows refused: all counted, a hundred kept", async () => {
    await create("CREATE TABLE none (id int PRIMARY KEY CHECK (id < 0), n int, s text)");
    const report = await load("none", TYPES, "insert", rowsUpTo(500));
    expect(report).toMatchObject({ rows: 0, rejectedCount: 500 });
    expect(report.rejected).toHaveLength(100);
  });

  it("upsert without a unique index leaves one row of a key, NULL keys included", async () => {
    await create(
      "CREATE TABLE loose (id int, n int, s text); INSERT INTO loose VALUES (1, 1, 'a'), (1, 2, 'b'), (NULL, 3, 'c'), (2, 4, 'd')",
    );
    const rows = [
      { id: 1, n: 10, s: "x" },
      { id: null, n: 11, s: "y" },
      { id: 1, n: 12, s: "z" },
    ];
    expect(await load("loose", TYPES, "upsert", rows)).toMatchObject({ rejectedCount: 0 });
    expect(await kit.sql("SELECT * FROM loose ORDER BY id, n")).toEqual([
      { id: 1, n: 12, s: "z" },
      { id: 2, n: 4, s: "d" },
      { id: null, n: 11, s: "y" },
    ]);
  });

  it("computed and identity columns", async () => {
    await create(`
      CREATE TABLE computed (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n int, s text GENERATED ALWAYS AS (n::text) STORED);
      CREATE TABLE fixed (id int PRIMARY KEY, n int GENERATED ALWAYS AS IDENTITY, s text)`);
    for (const mode of ["insert", "upsert"] as const) {
      const report = await load(
        "computed",
        TYPES,
        mode,
        rowsUpTo(3, () => ({ n: mode.length, s: "ignored" })),
      );
      expect(report.rejectedCount, mode).toBe(mode === "insert" ? 0 : 0);
      await kit.sql(mode === "insert" ? "UPDATE computed SET n = 0" : "SELECT 1");
    }
    expect(await kit.sql("SELECT * FROM computed ORDER BY id")).toEqual(
      [0, 1, 2].map((id) => ({ id, n: 6, s: "6" })),
    );
    expect(await load("fixed", TYPES, "insert", rowsUpTo(2))).toMatchObject({ rows: 2 });
    expect(await failure(load("fixed", TYPES, "upsert", rowsUpTo(2)))).toMatchObject({
      code: "CONFIG_INVALID",
    });
  });

  it("what a column would round is refused", async () => {
    await create("CREATE TABLE rounding (id int PRIMARY KEY, f float4, d numeric(10,2), i int, c char(4))");
    const types = { id: t.int(), f: t.float(), d: t.decimal(18, 4), i: t.decimal(14, 4), c: t.text() };
    const exact = { f: 0.5, d: "1.25", i: "3", c: "ab" };
    const rows = [exact, { f: 0.1 }, { d: "1.255" }, { i: "3.5" }, { c: "ab " }].map((row, id) => ({
      ...exact,
      ...row,
      id,
    }));
    expect(keysOf(await load("rounding", types, "insert", rows))).toEqual([1, 2, 3, 4]);
    expect(await kit.sql("SELECT * FROM rounding")).toEqual([{ id: 0, f: 0.5, d: "1.25", i: 3, c: "ab  " }]);
  });

  it("many chunks: what was committed before an error is told", async () => {
    await create(`CREATE TABLE chunks (id int PRIMARY KEY, n int, s text);
      CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF NEW.id = 120000 THEN RAISE EXCEPTION USING ERRCODE = '53100', MESSAGE = 'disk full'; END IF; RETURN NEW; END $$;
      CREATE TRIGGER stop BEFORE INSERT ON chunks FOR EACH ROW EXECUTE FUNCTION stop()`);
    const error = await failure(load("chunks", TYPES, "insert", rowsUpTo(130_000), 10_000));
    expect(error).toMatchObject({
      code: "STATEMENT_FAILED",
      data: { sqlstate: "53100", rowsWritten: 100_000 },
    });
    expect(await kit.sql("SELECT count(*)::int FROM chunks")).toEqual([{ count: 100_000 }]);
  });

  it("a source that fails, and one that is stuck", async () => {
    await create("CREATE TABLE sources (id int PRIMARY KEY, n int, s text)");
    const collection = await collectionOf(await store, "sources", TYPES);
    const rows = encode(collection, rowsUpTo(10));
    const boom = new Error("the source failed");
    async function* failing(): AsyncGenerator<RowBatch> {
      yield* batches(rows);
      throw boom;
    }
    await expect(collection.load(failing(), { signal: never, mode: "insert" })).rejects.toBe(boom);
    expect(await collection.count({ signal: never })).toBe(0);

    const controller = new AbortController();
    let stopped = false;
    async function* stuck(): AsyncGenerator<RowBatch> {
      try {
        yield* batches(rows);
        setTimeout(() => controller.abort(), 50);
        await new Promise((resolve) => setTimeout(resolve, 700));
      } finally {
        stopped = true;
      }
    }
    const startedMs = performance.now();
    const error = await failure(collection.load(stuck(), { signal: controller.signal, mode: "insert" }));
    expect(error).toMatchObject({ code: "CANCELLED" });
    expect(performance.now() - startedMs).toBeLessThan(500);
    await expect.poll(() => stopped).toBe(true);
    expect(await collection.count({ signal: never })).toBe(0);
  });

  it("a refusal while the source is slow loses no batch", async () => {
    await create("CREATE TABLE slow (id int PRIMARY KEY, n int CHECK (n < 1000), s text)");
    const collection = await collectionOf(await store, "slow", TYPES);
    const rows = encode(
      collection,
      rowsUpTo(6, (id) => ({ n: id === 1 ? 5_000 : 1, s: "x".repeat(200_000) })),
    );
    async function* slow(): AsyncGenerator<RowBatch> {
      for await (const batch of batches(rows, 1)) {
        yield batch;
        await new Promise((resolve) => setTimeout(resolve, 60));
      }
    }
    const report = await collection.load(slow(), { signal: never, mode: "insert" });
    expect(keysOf(report)).toEqual([1]);
    expect(report.rows).toBe(5);
    expect(await collection.count({ signal: never })).toBe(5);
  });

  it("remove and lookup by many keys, twice the same, impossible ones", async () => {
    await create("CREATE TABLE many (id int2 PRIMARY KEY, n int, s text)");
    await load("many", TYPES, "insert", rowsUpTo(20_000));
    const collection = await collectionOf(await store, "many", TYPES);
    const keys = Array.from({ length: 12_000 }, (_, index) => key((index * 7) % 40_000));
    const found = await collection.lookup(keys, { signal: never });
    expect(found.map((rows) => rows.length)).toEqual(
      keys.map(([id]) => Number(Number(Buffer.from(id ?? []).readBigInt64BE()) < 20_000)),
    );
    const gone = [key(3), key(3), key(19_999), key(20_001), key(2 ** 40)];
    expect(await collection.remove(gone, { signal: never })).toBe(2);
    expect(await collection.count({ signal: never })).toBe(19_998);
  });
});
