import type { View } from "../encoding/view.ts";
import { DbctlError } from "../errors.ts";
import type { Collection, LoadReport, RowBatch, WriteOptions } from "../stores/store.ts";
import { type Channel, channel } from "../util/channel.ts";
import { together } from "../util/together.ts";

/** Batches of about a megabyte that wait for each target before the producer does. */
const WAITING_BATCHES = 4;

/** Where a stream of rows goes. */
export interface Target {
  readonly collection: Collection;
  /** From the stream's rows to those that belong here. */
  readonly view: View;
  readonly mode: WriteOptions["mode"];
}

export interface TargetReport extends LoadReport {
  /** From the first row until the last one was there. */
  readonly durationMs: number;
}

/**
 * Sends one stream of rows to all targets at once, as fast as the slowest takes it, in bounded memory.
 * @throws what the stream or a target failed with first; the others are then stopped
 */
export async function fanOut(
  rows: AsyncIterable<RowBatch>,
  targets: readonly Target[],
  options: { readonly signal: AbortSignal; readonly onRows?: ((rows: number) => void) | undefined },
): Promise<readonly TargetReport[]> {
  const startedMs = performance.now();
  const reports: TargetReport[] = [];
  await together(options.signal, (signal) => {
    const outlets = targets.map((target) => ({ target, queue: channel<RowBatch>(WAITING_BATCHES) }));
    const loads = outlets.map(async ({ target: { collection, mode }, queue }, index) => {
      try {
        const report = await collection.load(queue.items, { signal, mode });
        reports[index] = { ...report, durationMs: performance.now() - startedMs };
      } finally {
        // A load that fails before it reads would leave the stream waiting for it.
        queue.fail(new DbctlError("CANCELLED", "the load has ended"));
      }
    });
    return [distribute(rows, outlets, options.onRows), ...loads];
  });
  return reports;
}

interface Outlet {
  readonly target: Target;
  readonly queue: Channel<RowBatch>;
}

async function distribute(
  rows: AsyncIterable<RowBatch>,
  outlets: readonly Outlet[],
  onRows: ((rows: number) => void) | undefined,
): Promise<void> {
  let sent = 0;
  try {
    for await (const batch of rows) {
      for (const { target, queue } of outlets) {
        const part = target.view.batch(batch);
        if (part !== null) await queue.send(part);
      }
      sent += batch.rows;
      onRows?.(sent);
    }
    for (const { queue } of outlets) queue.close();
  } catch (error) {
    for (const { queue } of outlets) queue.fail(error);
    throw error;
  }
}
