import { describe, expect, it } from "vitest";
import { Gate } from "../../../src/stores/postgres/gate.ts";
import { Source } from "../../../src/stores/postgres/source.ts";
import { fillSql } from "../../../src/stores/postgres/sql-file.ts";
import type { RowBatch } from "../../../src/stores/store.ts";

const never = new AbortController().signal;

describe("the gate", () => {
  it("lets in as many as it has places, the others in their order", async () => {
    const gate = new Gate(2);
    const order: number[] = [];
    let inside = 0;
    await Promise.all(
      [0, 1, 2, 3, 4].map(async (number) => {
        const leave = await gate.enter(never);
        order.push(number);
        expect(++inside).toBeLessThanOrEqual(2);
        await new Promise((resolve) => setTimeout(resolve, 5));
        inside--;
        leave();
      }),
    );
    expect(order).toEqual([0, 1, 2, 3, 4]);
  });

  it("who gives up waiting takes no place", async () => {
    const gate = new Gate(1);
    const leave = await gate.enter(never);
    const controller = new AbortController();
    const waiting = gate.enter(controller.signal);
    const next = gate.enter(never);
    controller.abort(new Error("gave up"));
    await expect(waiting).rejects.toThrow("gave up");
    leave();
    (await next)();
    (await gate.enter(never))();
  });
});

describe("the source of a load", () => {
  const batch = (rows: number): RowBatch => ({ rows, bytes: new Uint8Array(rows) });

  it("asks once for each batch, however many look at once, and stops what is left", async () => {
    let asked = 0;
    let stopped = false;
    async function* rows() {
      try {
        for (;;) yield batch(++asked);
      } finally {
        stopped = true;
      }
    }
    const source = new Source(rows());
    expect(await Promise.all([source.hasMore(), source.hasMore()])).toEqual([true, true]);
    expect([asked, source.take().rows]).toEqual([1, 1]);
    expect(await source.hasMore()).toBe(true);
    expect(source.take().rows).toBe(2);
    source.stop();
    await expect.poll(() => stopped).toBe(true);
    expect(await source.hasMore()).toBe(false);
  });

  it("remembers what the caller threw", async () => {
    const boom = new Error("boom");
    const source = new Source({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(boom) }) });
    await expect(source.hasMore()).rejects.toBe(boom);
    expect(source.error).toBe(boom);
  });
});

describe("SQL files", () => {
  it("have their names filled in, casts left alone", () => {
    expect(fillSql("a = :name::text AND b::name = :other", { name: "'$1 :other'" })).toBe(
      "a = '$1 :other'::text AND b::name = :other",
    );
  });
});
