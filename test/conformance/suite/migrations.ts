import { hostname } from "node:os";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { DbctlError } from "../../../src/errors.ts";
import type { Head, Store } from "../../../src/stores/store.ts";
import { cumulativeHashes } from "../../../src/util/statement-hashes.ts";
import { type Bench, never } from "../bench.ts";
import { apply, namesIn, revisionOf, stepOf } from "../steps.ts";

const thrown = (error: unknown) => error as DbctlError;

export function migrationTests(bench: Bench): void {
  const { harness } = bench;
  const { scripts, capabilities } = harness;
  let store: Store;
  beforeAll(async () => {
    store = await bench.openReady();
  });
  beforeEach(async () => {
    for (const name of await namesIn(store)) await store.dropCollection(bench.ref(name), never);
    await store.migrations.dropHistory(never);
    await store.migrations.ensureHistory(never);
  });
  const creating = (version: string, names: readonly string[]) =>
    stepOf(harness, version, { up: names.map(scripts.create), down: names.toReversed().map(scripts.drop) });

  describe("migrations: history", () => {
    it("is null before it exists, empty afterwards, and null again when it was dropped", async () => {
      const fresh = bench.open(bench.namespace());
      expect(await fresh.migrations.history(never)).toBeNull();
      expect(await fresh.migrations.heads(never)).toBeNull();
      await fresh.ensureNamespace(never);
      expect(await fresh.migrations.history(never)).toBeNull();
      await fresh.migrations.ensureHistory(never);
      expect(await fresh.migrations.history(never)).toEqual([]);
      expect(await fresh.migrations.heads(never)).toEqual([]);
      await fresh.migrations.dropHistory(never);
      expect(await fresh.migrations.history(never)).toBeNull();
      expect(await fresh.migrations.heads(never)).toBeNull();
    });

    it("is created once, by however many at once, and never emptied", async () => {
      const namespace = bench.namespace();
      const stores = Array.from({ length: 4 }, () => bench.open(namespace));
      await Promise.all(stores.map((each) => each.ensureNamespace(never)));
      await Promise.all(stores.map((each) => each.migrations.ensureHistory(never)));
      const [one] = stores as [Store, ...Store[]];
      await apply(one, creating("0001", ["a"]));
      await Promise.all(stores.map((each) => each.migrations.ensureHistory(never)));
      expect(await one.migrations.history(never)).toHaveLength(1);
    });

    it("holds every field of a revision, exactly", async () => {
      const oddText = "-- 'quoted' \"text\" \\ with ümläuts 😀 and $1 {x:String} %s";
      const { up, down, ...rest } = creating("0001", ["a", "b"]);
      const commented = { ...rest, up: { ...up, text: `${oddText}\n${up.text}` }, down };
      const startedMs = Date.now();
      await apply(store, commented);
      const [revision, ...others] = (await store.migrations.history(never)) ?? [];
      expect(others).toEqual([]);
      const texts = store.migrations.parse(commented.up).map(({ text }) => text);
      expect(revision).toEqual({
        formatVersion: 1,
        version: "0001",
        name: "step",
        checksum: commented.checksum,
        chain: commented.chain,
        upBody: commented.up.text,
        downBody: down?.text,
        direction: "up",
        statementsTotal: 2,
        statementsApplied: 2,
        statementInFlight: false,
        statementHashes: cumulativeHashes(texts),
        startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/),
        durationMs: expect.any(Number),
        user: expect.stringMatching(/./),
        host: expect.stringMatching(harness.name === store.name ? /./ : hostname()),
        dbctlVersion: "1.2.3",
        error: null,
      });
      expect(Math.abs(Date.parse(revision?.startedAt ?? "") - startedMs)).toBeLessThan(60_000);
      expect(revision?.durationMs).toBeGreaterThanOrEqual(0);
      expect(revision?.durationMs).toBeLessThan(60_000);
    });

    it("comes oldest first", async () => {
      for (const version of ["0001", "0002", "0010", "0011"])
        await apply(store, creating(version, [`t${version}`]));
      const versions = (await store.migrations.history(never))?.map(({ version }) => version);
      expect(versions).toEqual(["0001", "0002", "0010", "0011"]);
    });
  });

  describe("migrations: apply", () => {
    it("up runs the statements in order, tells of each, and down takes them back", async () => {
      const step = creating("0001", ["a", "b"]);
      const told: number[][] = [];
      await apply(store, step, { onStatement: (...numbers) => told.push(numbers) });
      expect(told).toEqual([
        [1, 2],
        [2, 2],
      ]);
      expect(await namesIn(store)).toEqual(["a", "b"]);
      await apply(store, step, { direction: "down" });
      expect(await namesIn(store)).toEqual([]);
      expect(await store.migrations.history(never)).toEqual([]);
    });

    it("a step without statements is recorded, too", async () => {
      await apply(store, stepOf(harness, "0001", { up: [], down: [] }));
      expect(await revisionOf(store.migrations, "0001")).toMatchObject({
        statementsTotal: 0,
        statementsApplied: 0,
      });
      await apply(store, stepOf(harness, "0001", { up: [], down: [] }), { direction: "down" });
      expect(await store.migrations.history(never)).toEqual([]);
    });

    it.each([true, false])(
      "a statement that fails is named, and leaves what the traits say (transaction: %s)",
      async (transaction) => {
        const up = [scripts.create("a"), scripts.create("b"), scripts.fail("blunder")];
        const step = stepOf(harness, "0001", { up, transaction });
        const error = await apply(store, step).then(() => undefined, thrown);
        const inTransaction = transaction && capabilities.traits.transactionalDdl;
        const statement = store.migrations.parse(step.up)[2];
        expect(error).toMatchObject({
          code: "MIGRATION_FAILED",
          store: harness.name,
          data: { file: step.up.file, line: statement?.line, applied: inTransaction ? 0 : 2, total: 3 },
          message: expect.stringContaining("blunder"),
        });
        const { column } = error?.data ?? {};
        expect(column).toBeGreaterThanOrEqual(statement?.column ?? 0);
        expect(error?.message).toContain(`${step.up.file}:${statement?.line}:${column}`);
        if (inTransaction) {
          expect(await namesIn(store)).toEqual([]);
          return expect(await store.migrations.history(never)).toEqual([]);
        }
        expect(await namesIn(store)).toEqual(["a", "b"]);
        const texts = store.migrations.parse(step.up).map(({ text }) => text);
        return expect(await store.migrations.history(never)).toEqual([
          expect.objectContaining({
            version: "0001",
            direction: "up",
            statementsTotal: 3,
            statementsApplied: 2,
            statementInFlight: false,
            statementHashes: cumulativeHashes(texts).slice(0, 2),
            error: expect.stringContaining("blunder"),
          }),
        ]);
      },
    );

    it("goes on at the statement where it stopped, with a corrected file", async () => {
      const failing = stepOf(harness, "0001", {
        up: [scripts.create("a"), scripts.create("b"), scripts.fail("blunder"), scripts.create("c")],
        transaction: false,
      });
      await expect(apply(store, failing)).rejects.toMatchObject({ code: "MIGRATION_FAILED" });
      const corrected = stepOf(harness, "0001", {
        up: [scripts.create("a"), scripts.create("b"), scripts.create("third"), scripts.create("c")],
        down: ["c", "third", "b", "a"].map(scripts.drop),
        transaction: false,
      });
      const told: number[][] = [];
      const resume = await revisionOf(store.migrations, "0001");
      await apply(store, corrected, { resume, onStatement: (...numbers) => told.push(numbers) });
      expect(told).toEqual([
        [3, 4],
        [4, 4],
      ]);
      expect(await namesIn(store)).toEqual(["a", "b", "c", "third"]);
      const texts = store.migrations.parse(corrected.up).map(({ text }) => text);
      expect(await store.migrations.history(never)).toEqual([
        expect.objectContaining({
          checksum: corrected.checksum,
          chain: corrected.chain,
          upBody: corrected.up.text,
          downBody: corrected.down?.text,
          statementsApplied: 4,
          statementsTotal: 4,
          statementInFlight: false,
          statementHashes: cumulativeHashes(texts),
          error: null,
        }),
      ]);
    });

    it("a down that stops half-way says so, and goes on", async () => {
      const step = stepOf(harness, "0001", {
        up: ["a", "b"].map(scripts.create),
        down: [scripts.drop("b"), scripts.fail("blunder"), scripts.drop("a")],
        transaction: false,
      });
      await apply(store, step);
      const down = { direction: "down" } as const;
      await expect(apply(store, step, down)).rejects.toMatchObject({
        code: "MIGRATION_FAILED",
        data: { file: step.down?.file, applied: 1, total: 3 },
      });
      const half = await revisionOf(store.migrations, "0001");
      expect(half).toMatchObject({
        direction: "down",
        statementsTotal: 3,
        statementsApplied: 1,
        upBody: step.up.text,
      });
      expect(await namesIn(store)).toEqual(["a"]);
      const corrected = {
        ...step,
        down: stepOf(harness, "0001", { up: [], down: [scripts.drop("b"), scripts.drop("a")] }).down,
      };
      await apply(store, corrected, { ...down, resume: half });
      expect(await namesIn(store)).toEqual([]);
      expect(await store.migrations.history(never)).toEqual([]);
    });

    it("is interrupted within a statement: the history says how far it came", async () => {
      const step = stepOf(harness, "0001", {
        up: [scripts.create("a"), scripts.sleep(30)],
        transaction: false,
      });
      const controller = new AbortController();
      const startedMs = performance.now();
      const stopping = apply(store, step, {
        signal: controller.signal,
        onStatement: () => void setTimeout(() => controller.abort(), 200),
      });
      await expect(stopping).rejects.toMatchObject({ code: "CANCELLED" });
      expect(performance.now() - startedMs).toBeLessThan(5_000);
      expect(await revisionOf(store.migrations, "0001")).toMatchObject({
        statementsApplied: 1,
        statementInFlight: true,
      });
      expect(await namesIn(store)).toEqual(["a"]);
    });

    it.runIf(scripts.invalid !== null)(
      "parse refuses what the engine can't read, and says where",
      async () => {
        const { text, line } = scripts.invalid ?? { text: "", line: 0 };
        const script = { file: "migrations/0001_x/bad", text };
        expect(() => store.migrations.parse(script)).toThrow(
          expect.objectContaining({
            code: "MIGRATION_INVALID",
            data: expect.objectContaining({ file: script.file, line }),
          }),
        );
      },
    );

    it("parse gives each statement with its place", () => {
      const [one, two] = [scripts.create("a"), scripts.create("b")];
      const text = `-- a comment\n${one}${scripts.separator}\n\n  ${two}${scripts.separator}`;
      const before = text.slice(0, text.indexOf(two)).split("\n");
      expect(store.migrations.parse({ file: "f", text })).toEqual([
        { text: expect.stringContaining(one), line: 2, column: 1 },
        { text: expect.stringContaining(two), line: before.length, column: (before.at(-1)?.length ?? 0) + 1 },
      ]);
    });
  });

  describe("migrations: heads", () => {
    const head = (name: Head["store"], version: string): Head => ({
      store: name,
      version,
      chain: `c${version}`,
      revisions: Number(version),
    });

    it("are kept by store, replaced and removed", async () => {
      const { migrations } = store;
      await migrations.recordHead("redis", head("redis", "0001"), never);
      await migrations.recordHead("clickhouse", head("clickhouse", "0002"), never);
      await migrations.recordHead("redis", head("redis", "0003"), never);
      const byStore = async () =>
        Object.fromEntries(((await migrations.heads(never)) ?? []).map((each) => [each.store, each]));
      expect(await byStore()).toEqual({
        redis: head("redis", "0003"),
        clickhouse: head("clickhouse", "0002"),
      });
      await migrations.recordHead("redis", null, never);
      await migrations.recordHead("redis", null, never);
      expect(await byStore()).toEqual({ clickhouse: head("clickhouse", "0002") });
    });
  });
}
