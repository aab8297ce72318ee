import { describe, expect, it } from "vitest";
import { t } from "../../../src/encoding/types.ts";
import type { Collection } from "../../../src/stores/store.ts";
import {
  all,
  type Bench,
  batchOf,
  encoded,
  fieldsOf,
  hexOf,
  load,
  never,
  reading,
  stream,
} from "../bench.ts";
import { Model, sha256 } from "../model.ts";

const FIELDS = fieldsOf({ id: t.int(), note: t.text(), raw: t.bytes() });
const PROJECTION = { fields: FIELDS, keyLength: 1, where: [] };
const ALL = { from: null, to: null };
const pause = (durationMs: number) => new Promise((resolve) => setTimeout(resolve, durationMs));

/** `count` rows of about a kilobyte. */
const rowsOf = (collection: Collection, count: number) =>
  encoded(
    collection,
    Array.from({ length: count }, (_, id) => ({
      id,
      note: `${id} `.repeat(150),
      raw: Buffer.alloc(200, id),
    })),
  );

export function pressureTests(bench: Bench): void {
  const { harness } = bench;

  describe("pressure: many calls and long ones", () => {
    it("more calls at once than there are connections", async () => {
      const collection = await bench.collection(FIELDS, 1);
      const rows = rowsOf(collection, 3_000);
      await load(collection, rows);
      const { keys } = new Model(collection.projection, rows);
      const calls = Array.from({ length: 20 }, (_, index) => [
        collection.count(reading),
        collection.lookup([keys[index] ?? []], reading).then(([found]) => (found ?? []).length),
        bench.store.catalog(never).then((catalog) => Number(catalog.length > 0)),
      ]);
      expect((await Promise.all(calls.flat())).slice(0, 3)).toEqual([3_000, 1, 1]);
    });

    it("more scans at once than there are connections, all of them half-way", async () => {
      const collection = await bench.collection(FIELDS, 1);
      await load(collection, rowsOf(collection, 3_000));
      const scans = Array.from({ length: 8 }, () => collection.scan(reading)[Symbol.asyncIterator]());
      const first = await Promise.all(scans.map((scan) => scan.next()));
      const counts = await Promise.all(
        scans.map(async (scan, index) => {
          let rows: number = first[index]?.value.rows;
          for (let next = await scan.next(); next.done !== true; next = await scan.next())
            rows += next.value.rows;
          return rows;
        }),
      );
      expect(Math.min(...counts)).toBeGreaterThanOrEqual(3_000);
    });

    it("a reader that takes its time outlasts the statement timeout", async () => {
      const store = bench.open(bench.store.namespace, { statementTimeoutMs: 400 });
      await store.connect(never);
      const name = bench.name();
      await harness.createCollection(store, name, FIELDS, 1, []);
      const collection = await store.collection(bench.ref(name), PROJECTION, never);
      await load(collection, rowsOf(collection, 6_000), "upsert");
      const reads = [collection.scan(reading), collection.ordered?.scan(ALL, reading)];
      for (const read of reads) {
        if (read === undefined) continue;
        let rows = 0;
        for await (const batch of read) {
          if (rows === 0) await pause(900);
          rows += batch.rows;
        }
        expect(rows).toBeGreaterThanOrEqual(6_000);
      }
    });

    it("a source of rows that takes its time, too", async () => {
      const store = bench.open(bench.store.namespace, { statementTimeoutMs: 400 });
      const name = bench.name();
      await harness.createCollection(bench.store, name, FIELDS, 1, []);
      const collection = await store.collection(bench.ref(name), PROJECTION, never);
      for (const mode of ["insert", "upsert"] as const) {
        async function* slow() {
          for await (const batch of stream(rowsOf(collection, 30), 10)) {
            yield batch;
            await pause(250);
          }
        }
        expect(await collection.load(slow(), { signal: never, mode })).toMatchObject({
          rows: 30,
          rejectedCount: 0,
        });
      }
      expect(await collection.count(reading)).toBe(30);
    });

    it("an engine that stalls holds up the source of a load", async () => {
      const { store: bare, hang } = await harness.cuttable(bench.store.namespace, {
        connectTimeoutMs: 10_000,
      });
      const store = bench.track(bare);
      const name = bench.name();
      await harness.createCollection(bench.store, name, FIELDS, 1, []);
      const collection = await store.collection(bench.ref(name), PROJECTION, never);
      const batch = batchOf(rowsOf(collection, 1_000));
      const controller = new AbortController();
      let pulled = 0;
      async function* endless() {
        for (;;) {
          if (++pulled === 2) await hang();
          yield batch;
          await pause(1);
        }
      }
      const loading = collection.load(endless(), { signal: controller.signal, mode: "upsert" });
      loading.catch(() => {});
      await pause(1_200);
      expect(pulled).toBeLessThan(80);
      controller.abort();
      await expect(loading).rejects.toMatchObject({ code: "CANCELLED" });
    });
  });

  describe("pressure: large values", () => {
    it("a text and bytes of several megabytes, among small ones", async () => {
      const collection = await bench.collection(FIELDS, 1);
      const rows = encoded(collection, [
        { id: 1, note: "small" },
        { id: 2, note: "ä".repeat(3_000_000), raw: Buffer.alloc(5_000_000, 0xc3) },
        { id: 3, note: "", raw: Buffer.alloc(0) },
      ]);
      for (const mode of ["insert", "upsert"] as const) {
        expect(await load(collection, rows, mode)).toMatchObject({ rows: 3 });
        const model = new Model(collection.projection, rows);
        const scanned = new Model(collection.projection, await bench.scanned(collection, reading));
        expect(sha256(scanned.rows)).toBe(sha256(model.rows));
        const found = await collection.lookup(model.keys, reading);
        expect(sha256(found.flat())).toBe(sha256(model.rows));
        const [leaf] = await all(collection.ordered?.digest?.([ALL], reading));
        if (collection.ordered?.digest) expect(hexOf(leaf?.sha256 ?? null)).toBe(sha256(model.rows));
      }
    });
  });
}
