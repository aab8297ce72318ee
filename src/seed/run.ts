import type { View } from "../encoding/view.ts";
import type { Collection, Projection } from "../stores/store.ts";
import { fanOut, type TargetReport } from "../sync/fan-out.ts";
import { loadMode } from "../sync/mode.ts";
import { throwIfCancelled } from "../util/together.ts";
import type { Seed } from "./define.ts";
import { type GenerateOptions, Generator } from "./generate.ts";

/** A place that takes an entity's rows. */
export interface SeedTarget {
  readonly collection: Collection;
  /** The same without a `where`. */
  readonly whole: Collection;
  /** From the entity's rows to those that belong here. */
  readonly view: View;
}

/** What is to be made of one entity. */
export interface SeedPlan {
  readonly entity: string;
  /** All fields of the entity. */
  readonly projection: Projection;
  /** The source first. Null: its rows are only made for what later entities refer to. */
  readonly targets: readonly SeedTarget[] | null;
}

export interface SeedOptions extends GenerateOptions {
  readonly signal: AbortSignal;
  /** Rows are made and counted, not written. */
  readonly dryRun: boolean;
  readonly onRows?: ((entity: string, rows: number) => void) | undefined;
}

export interface SeededEntity {
  readonly entity: string;
  readonly seed: string;
  /** In the order of the plan's targets. */
  readonly targets: readonly TargetReport[];
}

/**
 * Makes the rows of every seed once and sends them to all targets, entity by entity in the order of `plans`: rows that
 * others refer to come first. @throws what a seed or a store failed with
 */
export async function runSeeds(
  seeds: readonly Seed[],
  plans: readonly SeedPlan[],
  options: SeedOptions,
): Promise<readonly SeededEntity[]> {
  const generators = seeds.map((seed) => ({ seed, generator: new Generator(seed, options) }));
  const seeded: SeededEntity[] = [];
  for (const plan of plans) {
    for (const { seed, generator } of generators.filter(({ generator }) => generator.has(plan.entity))) {
      if (plan.targets === null) {
        if (generator.keeps(plan.entity)) await drain(generator, plan, options.signal);
        continue;
      }
      const targets = await seedEntity(generator, plan, plan.targets, options);
      seeded.push({ entity: plan.entity, seed: seed.name, targets });
    }
  }
  return seeded;
}

async function seedEntity(
  generator: Generator,
  { entity, projection }: SeedPlan,
  targets: readonly SeedTarget[],
  options: SeedOptions,
): Promise<readonly TargetReport[]> {
  const { signal, dryRun, onRows } = options;
  const rows = generator.batches(entity, projection);
  if (dryRun) return countFor(rows, targets, signal);
  const sinks = await Promise.all(
    targets.map(async ({ collection, whole, view }) => ({
      collection,
      view,
      mode: await loadMode(whole, signal),
    })),
  );
  return fanOut(rows, sinks, { signal, onRows: (count) => onRows?.(entity, count) });
}

async function countFor(
  rows: ReturnType<Generator["batches"]>,
  targets: readonly SeedTarget[],
  signal: AbortSignal,
): Promise<readonly TargetReport[]> {
  const startedMs = performance.now();
  const counts = targets.map(() => 0);
  for await (const batch of rows) {
    throwIfCancelled(signal);
    for (const [index, { view }] of targets.entries()) {
      counts[index] = (counts[index] ?? 0) + (view.batch(batch)?.rows ?? 0);
    }
  }
  const durationMs = performance.now() - startedMs;
  return counts.map((count) => ({ rows: count, rejected: [], rejectedCount: 0, durationMs }));
}

async function drain(generator: Generator, plan: SeedPlan, signal: AbortSignal): Promise<void> {
  for await (const _ of generator.batches(plan.entity, plan.projection)) throwIfCancelled(signal);
}
