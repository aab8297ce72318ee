import { setTimeout as delay } from "node:timers/promises";
import { DbctlError } from "../errors.ts";

/** Waits. @throws CANCELLED at once when `signal` aborts */
export async function sleep(durationMs: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(Math.max(0, durationMs), undefined, { signal });
  } catch (cause) {
    throw new DbctlError("CANCELLED", "interrupted while waiting", { cause });
  }
}
