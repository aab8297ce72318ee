import { describe, expect, it } from "vitest";
import { t } from "../../../src/encoding/types.ts";
import type { Store } from "../../../src/stores/store.ts";
import { type Bench, encoded, fieldsOf, load, never, reading } from "../bench.ts";
import type { Outage } from "../harness.ts";
import { leaksIn, PASSWORD } from "../secrets.ts";

const FIELDS = fieldsOf({ id: t.int(), note: t.text() });
const PROJECTION = { fields: FIELDS, keyLength: 1, where: [] };
const CONNECT_TIMEOUT_MS = 500;
/** Time beside the timeout that a call may take to give up. */
const GRACE_MS = 2_500;

const OUTAGES: Readonly<Record<Outage, string>> = {
  refused: "STORE_UNREACHABLE",
  hanging: "STORE_TIMEOUT",
  "wrong password": "AUTH_FAILED",
};

export function outageTests(bench: Bench): void {
  const { harness } = bench;
  const options = { connectTimeoutMs: CONNECT_TIMEOUT_MS, statementTimeoutMs: CONNECT_TIMEOUT_MS };
  const inOutage = async (kind: Outage) => bench.track(await harness.outage(kind, PASSWORD, options));

  const calls: Readonly<Record<string, (store: Store) => Promise<unknown>>> = {
    connect: (store) => store.connect(never),
    ensureNamespace: (store) => store.ensureNamespace(never),
    catalog: (store) => store.catalog(never),
    collection: (store) => store.collection(bench.ref("c"), PROJECTION, never),
    history: (store) => store.migrations.history(never),
    ...(harness.capabilities.lock && {
      withLock: (store: Store) =>
        store.withLock?.("x", { waitMs: 100, signal: never }, async () => {}) ?? Promise.resolve(),
    }),
  };

  describe.each(Object.entries(OUTAGES) as [Outage, string][])("outages: %s", (kind, code) => {
    it.each(Object.keys(calls))(`%s fails with ${code} in time and tells no secret`, async (name) => {
      const store = await inOutage(kind);
      const startedMs = performance.now();
      const error = await calls[name]?.(store).then(
        () => "nothing was thrown",
        (caught) => caught,
      );
      expect(error).toMatchObject({ code, store: harness.name });
      expect(error.hint).not.toBe("");
      expect(performance.now() - startedMs).toBeLessThan(CONNECT_TIMEOUT_MS + GRACE_MS);
      expect(leaksIn(error)).toEqual([]);
    });

    it("health finds it in time, throws nothing and tells no secret; close ends", async () => {
      const store = await inOutage(kind);
      const startedMs = performance.now();
      const report = await store.health({ signal: never, deadlineMs: 500 });
      expect(performance.now() - startedMs).toBeLessThan(500 + GRACE_MS);
      expect(report).toMatchObject({ store: harness.name, state: "down", version: null, sizeBytes: null });
      expect(report.findings).toContainEqual(expect.objectContaining({ code, severity: "critical" }));
      for (const { message, hint } of report.findings) expect([message, hint]).not.toContain("");
      expect(leaksIn(report)).toEqual([]);
      expect(leaksIn(store.address)).toEqual([]);
      const closingMs = performance.now();
      await store.close();
      expect(performance.now() - closingMs).toBeLessThan(1_500);
    });
  });

  describe("outages: in the middle of work", () => {
    async function working() {
      const cuttable = await harness.cuttable(bench.store.namespace, options);
      const store = bench.track(cuttable.store);
      await store.connect(never);
      const name = bench.name();
      await harness.createCollection(store, name, FIELDS, 1, []);
      const collection = await store.collection(bench.ref(name), PROJECTION, never);
      const rows = Array.from({ length: 500 }, (_, id) => ({ id, note: "n" }));
      await load(collection, encoded(collection, rows));
      return { store, collection, cuttable };
    }

    it("connections that die between calls are replaced", async () => {
      const { collection, cuttable } = await working();
      for (let round = 0; round < 3; round++) {
        await cuttable.cut();
        await new Promise((resolve) => setTimeout(resolve, 100));
        expect(await collection.count(reading)).toBe(500);
      }
    });

    it("an engine that stops answering is STORE_TIMEOUT or STORE_UNREACHABLE, and close still ends", async () => {
      const { store, collection, cuttable } = await working();
      await cuttable.hang();
      const startedMs = performance.now();
      await expect(collection.count(reading)).rejects.toMatchObject({
        code: expect.stringMatching(/^STORE_(TIMEOUT|UNREACHABLE)$/),
      });
      expect(performance.now() - startedMs).toBeLessThan(CONNECT_TIMEOUT_MS * 2 + GRACE_MS);
      const controller = new AbortController();
      const counting = collection.count({ signal: controller.signal });
      setTimeout(() => controller.abort(), 50);
      await expect(counting).rejects.toMatchObject({ code: expect.stringMatching(/^CANCELLED$/) });
      const closingMs = performance.now();
      await store.close();
      expect(performance.now() - closingMs).toBeLessThan(1_500);
    });
  });
}
