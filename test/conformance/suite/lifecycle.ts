import { describe, expect, it } from "vitest";
import { t } from "../../../src/encoding/types.ts";
import type { Collection, Store } from "../../../src/stores/store.ts";
import { all, type Bench, encoded, fieldsOf, load, never, reading, stream } from "../bench.ts";
import { apply, namesIn, stepOf } from "../steps.ts";

const FIELDS = fieldsOf({ id: t.int(), note: t.text() });
const ALL = { from: null, to: null };
const PROJECTION = { fields: FIELDS, keyLength: 1, where: [] };

/** Every call of a store and of a collection of it. */
function callsOf(
  bench: Bench,
  store: Store,
  collection: Collection,
): Record<string, (() => unknown) | undefined> {
  const { migrations, snapshot, withLock } = store;
  const { ordered } = collection;
  const key = [Buffer.alloc(8)];
  const row = encoded(collection, [{ id: 1 }]);
  const step = stepOf(bench.harness, "0001", { up: [bench.harness.scripts.create("x")] });
  const write = (mode: "insert" | "upsert") => () => collection.load(stream(row), { signal: never, mode });
  return {
    connect: () => store.connect(never),
    ensureNamespace: () => store.ensureNamespace(never),
    dropNamespaceIfEmpty: () => store.dropNamespaceIfEmpty(never),
    catalog: () => store.catalog(never),
    health: () => store.health({ signal: never, deadlineMs: 2_000 }),
    collection: () => store.collection(collection.ref, PROJECTION, never),
    dropCollection: () => store.dropCollection(collection.ref, never),
    snapshot: snapshot && (() => snapshot.call(store, never)),
    withLock: withLock && (() => withLock.call(store, "x", { waitMs: 0, signal: never }, async () => {})),
    ensureHistory: () => migrations.ensureHistory(never),
    history: () => migrations.history(never),
    inspectSession: store.inspectSession && (() => store.inspectSession?.(never)),
    apply: () => apply(store, step),
    heads: () => migrations.heads(never),
    recordHead: () => migrations.recordHead("redis", null, never),
    dropHistory: () => migrations.dropHistory(never),
    count: () => collection.count(reading),
    scan: () => all(collection.scan(reading)),
    lookup: () => collection.lookup([key], reading),
    keys: () => all(collection.keys(reading)),
    insert: write("insert"),
    upsert: write("upsert"),
    remove: () => collection.remove([key], reading),
    split: ordered && (() => ordered.split(10, reading)),
    "ordered.scan": ordered && (() => all(ordered.scan(ALL, reading))),
    digest: ordered?.digest && (() => all(ordered.digest?.([ALL], reading))),
  };
}

const codeOf = async (call: () => unknown) => {
  try {
    await call();
    return "fine";
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
};

export function lifecycleTests(bench: Bench): void {
  const { harness } = bench;

  describe("lifecycle: closing", () => {
    it("every call afterwards fails with STORE_CLOSED; closing again does nothing", async () => {
      const store = await bench.openReady();
      await harness.createCollection(store, "c", FIELDS, 1, []);
      const collection = await store.collection(bench.ref("c"), PROJECTION, never);
      await load(collection, encoded(collection, [{ id: 1 }]));
      await store.close();
      await store.close();
      for (const [name, call] of Object.entries(callsOf(bench, store, collection)))
        if (call !== undefined) expect([name, await codeOf(call)]).toEqual([name, "STORE_CLOSED"]);
    });

    it("a store that was never connected closes, too", async () => {
      const store = bench.open(bench.namespace());
      await store.close();
      expect(await codeOf(() => store.connect(never))).toBe("STORE_CLOSED");
    });

    it("ends what is under way with STORE_CLOSED, within a second", async () => {
      const store = await bench.openReady();
      await harness.createCollection(store, "c", FIELDS, 1, []);
      const collection = await store.collection(bench.ref("c"), PROJECTION, never);
      const rows = Array.from({ length: 6_000 }, (_, id) => ({ id, note: "x".repeat(500) }));
      await load(collection, encoded(collection, rows));
      const scanning = collection.scan(reading)[Symbol.asyncIterator]();
      expect((await scanning.next()).done).toBe(false);
      async function* endless() {
        yield* stream(encoded(collection, [{ id: 10_000 }]));
        await new Promise<never>(() => {});
      }
      const loading = collection.load(endless(), { signal: never, mode: "upsert" });
      const sleeping = apply(
        store,
        stepOf(harness, "0001", { up: [harness.scripts.sleep(30)], transaction: false }),
      );
      const ends = [loading, sleeping].map((call) => codeOf(() => call));
      await new Promise((resolve) => setTimeout(resolve, 300));
      const startedMs = performance.now();
      await store.close();
      expect(performance.now() - startedMs).toBeLessThan(1_500);
      expect(await Promise.all(ends)).toEqual(["STORE_CLOSED", "STORE_CLOSED"]);
      const rest = async () => {
        while (!(await scanning.next()).done);
      };
      expect(await codeOf(rest)).toBe("STORE_CLOSED");
      expect(performance.now() - startedMs).toBeLessThan(3_000);
    });
  });

  describe("lifecycle: namespaces", () => {
    it("are created once, say so, and are dropped only when nothing is left in them", async () => {
      const store = bench.open(bench.namespace());
      expect((await store.health({ signal: never, deadlineMs: 5_000 })).namespaceExists).toBe(false);
      expect(await store.ensureNamespace(never)).toBe("created");
      expect(await store.ensureNamespace(never)).toBe("exists");
      expect((await store.health({ signal: never, deadlineMs: 5_000 })).namespaceExists).toBe(true);
      await harness.createCollection(store, "c", FIELDS, 1, []);
      expect(await store.dropNamespaceIfEmpty(never)).toBe(false);
      await store.dropCollection(bench.ref("c"), never);
      await store.migrations.ensureHistory(never);
      expect(await store.dropNamespaceIfEmpty(never)).toBe(false);
      await store.migrations.dropHistory(never);
      expect(await store.dropNamespaceIfEmpty(never)).toBe(true);
      expect(await store.dropNamespaceIfEmpty(never)).toBe(false);
      expect(await store.ensureNamespace(never)).toBe("created");
    });

    it("keep collections of the same name, histories and heads apart", async () => {
      const [one, other] = [await bench.openReady(), await bench.openReady()];
      for (const store of [one, other]) await harness.createCollection(store, "same", FIELDS, 1, []);
      const [here, there] = await Promise.all(
        [one, other].map((store) => store.collection(bench.ref("same"), PROJECTION, never)),
      );
      if (here === undefined || there === undefined) throw new Error("no collection");
      await load(here, encoded(here, [{ id: 1, note: "here" }, { id: 2 }]));
      await load(there, encoded(there, [{ id: 1, note: "there" }]));
      expect([await here.count(reading), await there.count(reading)]).toEqual([2, 1]);
      await apply(one, stepOf(harness, "0001", { up: [harness.scripts.create("more")] }));
      await one.migrations.recordHead(
        "redis",
        { store: "redis", version: "0001", chain: "c", revisions: 1 },
        never,
      );
      expect(await namesIn(one)).toEqual(["more", "same"]);
      expect(await namesIn(other)).toEqual(["same"]);
      expect(await other.migrations.history(never)).toEqual([]);
      expect(await other.migrations.heads(never)).toEqual([]);
      await here.remove([[Buffer.from("0000000000000001", "hex")]], reading);
      await one.dropCollection(bench.ref("same"), never);
      expect(await bench.scanned(there, reading)).toHaveLength(1);
    });
  });

  describe("lifecycle: catalog and health", () => {
    it("catalog names what is there, with rows and size, without what is dbctl's own", async () => {
      const store = await bench.openReady();
      await store.migrations.recordHead(
        "redis",
        { store: "redis", version: "1", chain: "c", revisions: 1 },
        never,
      );
      expect(await store.catalog(never)).toEqual([]);
      await harness.createCollection(store, "here", FIELDS, 1, []);
      const here = await store.collection(bench.ref("here"), PROJECTION, never);
      await load(
        here,
        encoded(
          here,
          Array.from({ length: 100 }, (_, id) => ({ id, note: "n" })),
        ),
      );
      const [info, ...others] = await store.catalog(never);
      expect(others).toEqual([]);
      expect(info).toEqual({ name: "here", rows: expect.any(Number), sizeBytes: expect.any(Number) });
      expect(info?.rows).toBeGreaterThanOrEqual(0);
      expect(info?.sizeBytes).toBeGreaterThan(0);
      await store.dropCollection(bench.ref("here"), never);
      await store.dropCollection(bench.ref("here"), never);
      expect(await store.catalog(never)).toEqual([]);
      await expect(here.count(reading)).rejects.toMatchObject({ code: "COLLECTION_MISSING" });
    });

    it("health of a store that is up", async () => {
      const report = await bench.store.health({ signal: never, deadlineMs: 5_000 });
      expect(report).toEqual({
        store: harness.name,
        state: "up",
        version: expect.stringMatching(/./),
        latencyMs: expect.any(Number),
        sizeBytes: expect.any(Number),
        namespaceExists: true,
        findings: [],
      });
      expect(report.latencyMs).toBeGreaterThan(0);
      expect(report.latencyMs).toBeLessThan(5_000);
    });
  });

  describe("lifecycle: what is declared", () => {
    it("traits, order, digest and lock are those of this engine", async () => {
      const { store } = bench;
      const collection = await bench.collection(FIELDS, 1);
      expect({
        traits: store.traits,
        ordered: collection.ordered !== undefined,
        digest: collection.ordered?.digest !== undefined,
        exactScans: harness.capabilities.exactScans,
        lock: store.withLock !== undefined,
      }).toEqual(harness.capabilities);
      expect(store.name).toBe(harness.name);
      expect(store.address).not.toMatch(/@/);
    });

    it("keys are unique where the traits say so", async () => {
      const collection = await bench.collection(FIELDS, 1);
      const [row] = encoded(collection, [{ id: 1, note: "a" }]) as [Uint8Array];
      await load(collection, [row]);
      const again = await load(collection, [row]);
      expect(again.rejectedCount).toBe(store(bench).traits.uniqueKeys ? 1 : 0);
      expect(await collection.count(reading)).toBe(store(bench).traits.uniqueKeys ? 1 : 2);
    });

    it("initStatements, where offered, tell what init would run", () => {
      const statements = bench.store.initStatements?.() ?? ["x"];
      expect(statements.length).toBeGreaterThan(0);
      for (const statement of statements) expect(statement.trim()).not.toBe("");
    });
  });
}

const store = (bench: Bench) => bench.store;
