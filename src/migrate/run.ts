import type { Context } from "../context.ts";
import type { Layer } from "./layer.ts";
import type { Plan } from "./plan.ts";
import { appliedSteps } from "./report.ts";
import { type RunOutcome, type RunStep, runSteps } from "./runner.ts";

export interface LayerRun {
  readonly direction: "up" | "down";
  /** In the order of application. */
  readonly steps: readonly RunStep[];
  /** What is applied when the run begins. */
  readonly before: Pick<Plan, "steps">;
  readonly signal: AbortSignal;
}

/** Runs steps on a layer; does nothing when there are none. */
export async function runOnLayer(context: Context, layer: Layer, run: LayerRun): Promise<RunOutcome> {
  const { direction, steps, before, signal } = run;
  if (steps.length === 0) return { done: [], failure: null };
  return runSteps({
    direction,
    steps,
    stores: layer.stores,
    headStore: layer.headStore,
    applied: appliedSteps(before),
    reporter: context.reporter,
    signal,
    dbctlVersion: context.dbctlVersion,
    nowMs: () => context.now().getTime(),
  });
}
