import { isDeepStrictEqual } from "node:util";
import { type View, viewOf } from "../encoding/view.ts";
import { DbctlError } from "../errors.ts";
import type { Projection, RowBatch } from "../stores/store.ts";
import { together } from "../util/together.ts";
import { type CopyOutcome, CopyRun } from "./copy-run.ts";
import { LeafCutter } from "./leaves.ts";
import type { CompareOptions, EntityPlan } from "./plan.ts";

export interface EntityOutcome {
  readonly rows: number;
  /** Over all fields of the entity. */
  readonly root: Buffer;
  /** In the order of the plan. */
  readonly copies: readonly CopyOutcome[];
  readonly durationMs: number;
}

/** Copies that should hold the same of the source share the work on it. */
interface Feed {
  readonly view: View;
  readonly cutter: LeafCutter;
  readonly runs: CopyRun[];
}

/**
 * Compares an entity's copies with its source in one scan of the source, all copies at once. Differences are read
 * again before they count. @throws what a store failed with, unless it is the store of an optional copy
 */
export async function compareEntity(plan: EntityPlan, options: CompareOptions): Promise<EntityOutcome> {
  const startedMs = performance.now();
  const { ordered, projection } = plan.source;
  if (ordered === undefined) {
    throw new DbctlError("CONFIG_INVALID", `the source of ${plan.name} keeps no order and can't be verified`);
  }
  const feeds = [feedOf(projection, { ...projection, where: [] })];
  const runs: CopyRun[] = [];
  let root: Buffer = Buffer.alloc(0);
  await together(options.signal, (signal) => {
    for (const copy of plan.copies) {
      const run = new CopyRun(plan, copy, { ...options, signal });
      runs.push(run);
      feedFor(feeds, projection, copy.expected).runs.push(run);
    }
    const scan = async () => {
      try {
        const everything = ordered.scan({ from: null, to: null }, { signal, snapshot: plan.snapshot });
        root = await feedAll(everything, feeds, options.onRows);
      } catch (error) {
        for (const run of runs) run.fail(error);
        throw error;
      }
    };
    return [scan(), ...runs.map((run) => run.done)];
  });
  return {
    rows: feeds[0]?.cutter.rows ?? 0,
    root,
    copies: runs.map((run) => run.outcome()),
    durationMs: performance.now() - startedMs,
  };
}

function feedOf(all: Projection, part: Projection): Feed {
  return { view: viewOf(all, part), cutter: new LeafCutter(part), runs: [] };
}

/** The first feed is the whole source, whose leaves make the root. */
function feedFor(feeds: Feed[], all: Projection, expected: Projection): Feed {
  // What the source filters anyhow need not be filtered again.
  const where = expected.where.filter(
    (predicate) => !all.where.some((own) => isDeepStrictEqual(own, predicate)),
  );
  const part = { ...expected, where };
  const existing = feeds.find((feed) => isDeepStrictEqual(feed.view.projection, part));
  if (existing !== undefined) return existing;
  const feed = feedOf(all, part);
  feeds.push(feed);
  return feed;
}

/** Returns the root. */
async function feedAll(
  batches: AsyncIterable<RowBatch>,
  feeds: readonly Feed[],
  onRows: CompareOptions["onRows"],
): Promise<Buffer> {
  let rows = 0;
  for await (const batch of batches) {
    for (const { view, cutter, runs } of feeds) {
      const part = view.batch(batch);
      if (part === null) continue;
      const leaves = cutter.push(part);
      for (const run of runs) await run.push(part, leaves);
    }
    rows += batch.rows;
    onRows?.(rows);
  }
  const roots: Buffer[] = [];
  for (const { cutter, runs } of feeds) {
    const { leaf, root } = cutter.end();
    roots.push(root);
    for (const run of runs) await run.end(leaf);
  }
  return roots[0] ?? Buffer.alloc(0);
}
