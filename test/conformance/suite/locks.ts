import { describe, expect, it } from "vitest";
import type { DbctlError } from "../../../src/errors.ts";
import type { LockHolder, Store } from "../../../src/stores/store.ts";
import { type Bench, never } from "../bench.ts";

type WithLock = NonNullable<Store["withLock"]>;

/** A run that goes on until it is told to end. */
function holding(store: Store, name = "migrate", signal = never) {
  const entered = Promise.withResolvers<AbortSignal>();
  const leave = Promise.withResolvers<void>();
  const done = lock(store, name, 5_000, signal, async (lost) => {
    entered.resolve(lost);
    await leave.promise;
  });
  done.catch(() => {});
  return { entered: entered.promise, leave: () => leave.resolve(), done };
}

function lock<T>(
  store: Store,
  name: string,
  waitMs: number,
  signal: AbortSignal,
  run: (lost: AbortSignal) => Promise<T>,
  onWait?: (holder: LockHolder) => void,
): Promise<T> {
  return (store.withLock as WithLock)(name, { waitMs, signal, onWait }, run);
}

const code = (error: unknown) => (error as DbctlError).code;
const nothing = async () => "done";

export function lockTests(bench: Bench): void {
  const { harness } = bench;

  it("locks: offered exactly where the harness says so", () => {
    expect(bench.store.withLock !== undefined).toBe(harness.capabilities.lock);
  });

  describe.runIf(harness.capabilities.lock)("locks", () => {
    /** The bench's own store and another one in its namespace. */
    const two = async () => [bench.store, await openBeside()] as const;
    const openBeside = async () => {
      const store = bench.open(bench.store.namespace);
      await store.connect(never);
      return store;
    };

    it("let one run at a time, and every waiting one in the end", async () => {
      const stores = await two();
      let inside = 0;
      let most = 0;
      const runs = Array.from({ length: 6 }, (_, index) =>
        lock(stores[index % 2] as Store, "migrate", 20_000, never, async () => {
          most = Math.max(most, ++inside);
          await new Promise((resolve) => setTimeout(resolve, 30));
          inside--;
          return index;
        }),
      );
      expect(await Promise.all(runs)).toEqual([0, 1, 2, 3, 4, 5]);
      expect(most).toBe(1);
    });

    it("who waits in vain is told who holds it, with host, pid and age", async () => {
      const [one, other] = await two();
      const holder = holding(one);
      await holder.entered;
      const waits: LockHolder[] = [];
      const startedMs = performance.now();
      const error = await lock(other, "migrate", 400, never, nothing, (held) => waits.push(held)).catch(
        (caught) => caught,
      );
      const waitedMs = performance.now() - startedMs;
      expect(error).toMatchObject({
        code: "LOCK_HELD",
        data: { pid: process.pid, host: expect.stringMatching(/./), ageMs: expect.any(Number) },
      });
      expect(waitedMs).toBeGreaterThanOrEqual(350);
      expect(waitedMs).toBeLessThan(3_000);
      expect(waits.length).toBeGreaterThan(0);
      expect(waits[0]).toMatchObject({ pid: process.pid, host: error.data.host });
      expect(error.data.ageMs).toBeGreaterThanOrEqual(0);
      expect(error.data.ageMs).toBeLessThan(60_000);
      await expect(lock(other, "migrate", 0, never, nothing)).rejects.toMatchObject({ code: "LOCK_HELD" });
      holder.leave();
      await holder.done;
      expect(await lock(other, "migrate", 0, never, nothing)).toBe("done");
    });

    it("are free again when the run throws, and its error comes out as it is", async () => {
      const [one, other] = await two();
      const fault = new Error("the run failed");
      await expect(lock(one, "migrate", 0, never, () => Promise.reject(fault))).rejects.toBe(fault);
      expect(await lock(other, "migrate", 0, never, nothing)).toBe("done");
    });

    it("of another name or another namespace do not stand in the way", async () => {
      const [one, other] = await two();
      const elsewhere = await bench.openReady();
      const holder = holding(one);
      await holder.entered;
      expect(await lock(other, "seed", 0, never, nothing)).toBe("done");
      expect(await lock(elsewhere, "migrate", 0, never, nothing)).toBe("done");
      holder.leave();
      await holder.done;
    });

    it("who waits can be interrupted", async () => {
      const [one, other] = await two();
      const holder = holding(one);
      await holder.entered;
      const controller = new AbortController();
      const waiting = lock(other, "migrate", 20_000, controller.signal, nothing);
      setTimeout(() => controller.abort(), 100);
      const startedMs = performance.now();
      expect(await waiting.catch(code)).toBe("CANCELLED");
      expect(performance.now() - startedMs).toBeLessThan(1_500);
      holder.leave();
      await holder.done;
    });

    it("pass the caller's interruption on to the run", async () => {
      const controller = new AbortController();
      const holder = holding(bench.store, "migrate", controller.signal);
      const lost = await holder.entered;
      expect(lost.aborted).toBe(false);
      controller.abort();
      expect(lost.aborted).toBe(true);
      holder.leave();
      await holder.done.catch(() => {});
    });

    it("are free soon after their holder's connection has died, and the holder is told", async () => {
      const other = bench.store;
      const cuttable = await harness.cuttable(other.namespace);
      const store = bench.track(cuttable.store);
      await store.connect(never);
      const holder = holding(store);
      const lost = await holder.entered;
      const told = new Promise((resolve) => {
        lost.addEventListener("abort", () => resolve("told"), { once: true });
        setTimeout(() => resolve("not told"), 5_000);
      });
      await cuttable.cut();
      expect(await lock(other, "migrate", 20_000, never, nothing)).toBe("done");
      expect(await told).toBe("told");
      holder.leave();
      await holder.done.catch(() => {});
    });
  });
}
