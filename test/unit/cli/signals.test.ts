import { EventEmitter } from "node:events";
import { expect, test, vi } from "vitest";
import { watchSignals } from "../../../src/cli/signals.ts";

function watched(graceMs?: number) {
  const source = new EventEmitter();
  const handlers = { onFirst: vi.fn(), onForced: vi.fn() };
  return {
    source,
    handlers,
    interruption: watchSignals(source as unknown as NodeJS.Process, handlers, graceMs),
  };
}

test("the first ^C aborts and says so, the second ends", () => {
  const { source, handlers, interruption } = watched();
  expect(interruption.status()).toBeNull();
  source.emit("SIGINT");
  expect(interruption.signal.aborted).toBe(true);
  expect(interruption.status()).toBe(130);
  expect(handlers.onFirst).toHaveBeenCalledTimes(1);
  expect(handlers.onForced).not.toHaveBeenCalled();
  source.emit("SIGINT");
  expect(handlers.onFirst).toHaveBeenCalledTimes(1);
  expect(handlers.onForced).toHaveBeenCalledWith(130);
  interruption.release();
});

test("SIGTERM ends with 143, also when ^C follows it", () => {
  const { source, handlers, interruption } = watched();
  source.emit("SIGTERM");
  expect(interruption.status()).toBe(143);
  source.emit("SIGINT");
  expect(interruption.status()).toBe(143);
  expect(handlers.onForced).toHaveBeenCalledTimes(1);
  interruption.release();
});

test("what does not stop in time is stopped", async () => {
  const { source, handlers, interruption } = watched(20);
  source.emit("SIGTERM");
  await vi.waitFor(() => expect(handlers.onForced).toHaveBeenCalledWith(143));
  interruption.release();
});

test("after release a signal does what it does without us", () => {
  const { source, handlers, interruption } = watched();
  interruption.release();
  source.emit("SIGINT");
  expect(handlers.onFirst).not.toHaveBeenCalled();
  expect(source.listenerCount("SIGINT") + source.listenerCount("SIGTERM")).toBe(0);
});
