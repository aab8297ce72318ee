import { beforeAll, describe, expect, it } from "vitest";
import { t } from "../../../src/encoding/types.ts";
import type { Collection, KeyRange, ReadOptions } from "../../../src/stores/store.ts";
import { all, type Bench, encoded, fieldsOf, load, never, reading, stream } from "../bench.ts";

const FIELDS = fieldsOf({ id: t.int(), note: t.text() });
const ALL = { from: null, to: null };
const ROWS = 12_000;
/** The contract says 100 ms; a machine that does other work besides gets some more. */
const BOUND_MS = 1_000;

type Iterate = (collection: Collection, options: ReadOptions) => AsyncIterable<unknown> | undefined;

const READS: Readonly<Record<string, Iterate>> = {
  scan: (collection, options) => collection.scan(options),
  keys: (collection, options) => collection.keys(options),
  "ordered.scan": (collection, options) => collection.ordered?.scan(ALL, options),
  "ordered.digest": (collection, options) => collection.ordered?.digest?.(manyRanges, options),
};
let manyRanges: readonly KeyRange[] = [];

/** What iterating ends with when `controller` aborts at item `at` (0: before the first), and how soon. */
async function stopAt(items: AsyncIterable<unknown>, at: number, controller: AbortController) {
  let seen = 0;
  let abortedMs = performance.now();
  if (at === 0) controller.abort();
  try {
    for await (const _ of items) {
      if (++seen !== at) continue;
      abortedMs = performance.now();
      controller.abort();
    }
    return { seen, code: "ended", tookMs: performance.now() - abortedMs };
  } catch (error) {
    return { seen, code: (error as { code?: string }).code, tookMs: performance.now() - abortedMs };
  }
}

export function cancellationTests(bench: Bench): void {
  const { capabilities } = bench.harness;
  let collection: Collection;
  beforeAll(async () => {
    collection = await bench.collection(FIELDS, 1);
    const filler = "x".repeat(300);
    const rows = Array.from({ length: ROWS }, (_, id) => ({ id, note: `${id} ${filler}` }));
    await load(collection, encoded(collection, rows));
    manyRanges = (await collection.ordered?.split(1024, reading)) ?? [];
  });
  const offered = Object.entries(READS).filter(
    ([name]) =>
      (name !== "ordered.scan" || capabilities.ordered) && (name !== "ordered.digest" || capabilities.digest),
  );

  describe.each(offered)("cancellation: %s", (_, iterate) => {
    const begin = (options: ReadOptions) => iterate(collection, options) as AsyncIterable<unknown>;

    it("before the first, at the first, at a middle and at the last item", async () => {
      const { length } = await all(begin(reading));
      for (const at of new Set([0, 1, Math.ceil(length / 2), length])) {
        const controller = new AbortController();
        const { seen, code, tookMs } = await stopAt(begin({ signal: controller.signal }), at, controller);
        expect([seen, code], `at ${at} of ${length}`).toEqual([
          at,
          at === length && code === "ended" ? code : "CANCELLED",
        ]);
        expect(tookMs, `at ${at} of ${length}`).toBeLessThan(BOUND_MS);
      }
    });

    it("leaving early, or being interrupted, again and again, uses nothing up", async () => {
      for (let round = 0; round < 12; round++) {
        for await (const _ of begin(reading)) break;
        const controller = new AbortController();
        expect((await stopAt(begin({ signal: controller.signal }), 1, controller)).code).toMatch(
          /CANCELLED|ended/,
        );
      }
      expect(await collection.count(reading)).toBe(ROWS);
    });
  });

  describe("cancellation: calls", () => {
    const stopped = AbortSignal.abort();
    it("with a signal that has aborted do nothing", async () => {
      const cancelled = expect.objectContaining({ code: "CANCELLED" });
      const { store } = bench;
      const options = { signal: stopped };
      const calls: readonly (readonly [string, () => Promise<unknown>])[] = [
        ["connect", () => store.connect(stopped)],
        ["ensureNamespace", () => store.ensureNamespace(stopped)],
        ["catalog", () => store.catalog(stopped)],
        ["collection", () => bench.store.collection(collection.ref, collection.projection, stopped)],
        ["count", () => collection.count(options)],
        ["lookup", () => collection.lookup([[Buffer.alloc(8)]], options)],
        ["remove", () => collection.remove([[Buffer.alloc(8)]], options)],
        [
          "load",
          () => collection.load(stream(encoded(collection, [{ id: -1 }])), { ...options, mode: "upsert" }),
        ],
        ["split", () => collection.ordered?.split(10, options) ?? Promise.reject({ code: "CANCELLED" })],
        ["history", () => store.migrations.history(stopped)],
        ["heads", () => store.migrations.heads(stopped)],
      ];
      for (const [name, call] of calls) await expect(call(), name).rejects.toEqual(cancelled);
      expect(await collection.count(reading)).toBe(ROWS);
      expect(await collection.lookup([[Buffer.alloc(8)]], reading)).toHaveLength(1);
    });

    it.each(["insert", "upsert"] as const)(
      "a load (%s) interrupted at the first, a middle and the last batch says what it wrote",
      async (mode) => {
        const rows = encoded(
          collection,
          Array.from({ length: 4_000 }, (_, id) => ({ id, note: "y".repeat(200) })),
        );
        for (const at of [0, 1, 4, 8]) {
          const target = await bench.collection(FIELDS, 1);
          const controller = new AbortController();
          let abortedMs = performance.now();
          async function* source() {
            let sent = 0;
            for await (const batch of stream(rows, 500)) {
              if (sent++ === at) break;
              yield batch;
            }
            abortedMs = performance.now();
            controller.abort();
            yield* at < 8 ? stream(rows.slice(at * 500), 500) : [];
          }
          const ended = await target
            .load(source(), { signal: controller.signal, mode })
            .catch((caught) => caught);
          expect(performance.now() - abortedMs).toBeLessThan(BOUND_MS * 2);
          // When everything was sent, it may also have been in time.
          const inTime = at === 8 && ended.rows === rows.length;
          const cancelled = { code: "CANCELLED", data: { rowsWritten: expect.any(Number) } };
          if (!inTime) expect(ended, `after batch ${at}`).toMatchObject(cancelled);
          const written = inTime ? rows.length : ended.data.rowsWritten;
          const count = await target.count(reading);
          expect(count, `after batch ${at}`).toBeGreaterThanOrEqual(written);
          expect(count).toBeLessThanOrEqual(at * 500);
          await load(target, rows, "upsert");
          expect(await target.count(reading)).toBe(rows.length);
        }
      },
    );

    it("a load whose source is stuck can be interrupted", async () => {
      const target = await bench.collection(FIELDS, 1);
      const controller = new AbortController();
      async function* stuck() {
        yield* stream(encoded(target, [{ id: 1 }]));
        await new Promise<never>(() => {});
      }
      for (const mode of ["insert", "upsert"] as const) {
        const loading = target.load(stuck(), { signal: controller.signal, mode });
        setTimeout(() => controller.abort(), 50);
        await expect(loading).rejects.toMatchObject({ code: "CANCELLED" });
      }
      expect(await target.count(reading)).toBeLessThanOrEqual(1);
    });

    it("two reads at once: interrupting one leaves the other alone", async () => {
      const controller = new AbortController();
      const [one, other] = await Promise.all([
        stopAt(collection.scan({ signal: controller.signal }), 1, controller),
        bench.scanned(collection, { signal: never }),
      ]);
      expect([one.code, other.length]).toEqual(["CANCELLED", ROWS]);
    });
  });
}
