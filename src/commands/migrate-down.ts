import type { Command, Context } from "../context.ts";
import { EXIT } from "../errors.ts";
import { runFailure } from "../migrate/failure.ts";
import { type Layer, migrationsFolder, openLayer, readPlan } from "../migrate/layer.ts";
import { DEFAULT_LOCK_WAIT_MS, withMigrationLock } from "../migrate/lock.ts";
import type { Plan } from "../migrate/plan.ts";
import { throwProblems } from "../migrate/problem.ts";
import { asWarnings, unreachedWarnings } from "../migrate/report.ts";
import { runOnLayer } from "../migrate/run.ts";
import type { StepResult } from "../migrate/runner.ts";
import { readSum } from "../migrate/sum.ts";
import { planUndo, type Undo } from "../migrate/undo.ts";
import { confirmDestructive } from "./guard.ts";
import { preview, type StepPreview } from "./migrate-up.ts";

export interface MigrateDownOptions {
  /** How many versions, newest first; at least 1. */
  readonly steps: number;
  readonly dryRun: boolean;
  readonly confirm?: string | undefined;
  /** Default: 10 minutes. */
  readonly lockWaitMs?: number | undefined;
}

export interface MigrateDownData {
  readonly dryRun: boolean;
  /** Steps that this run undid, in order. */
  readonly undone: readonly StepResult[];
  /** With `dryRun`: what it would have run, in order. */
  readonly planned: readonly StepPreview[];
}

/**
 * Undoes the newest versions with the scripts stored when they were applied, the system of record last. Guarded where
 * protected. Nothing runs unless every step that is to be undone can be.
 */
export const run: Command<MigrateDownOptions, MigrateDownData> = async (context, options) => {
  const layer = await openLayer(context);
  const first = await readPlan(context.config, layer, context.signal);
  const previewed = prepareDown(context, layer, first, options.steps);
  const warnings = [...layer.warnings, ...asWarnings(previewed.remarks), ...unreachedWarnings(first)];
  const exitStatus = layer.unavailable.size > 0 ? EXIT.inconclusive : EXIT.ok;
  const nothing = { dryRun: options.dryRun, undone: [], planned: [] };
  if (options.dryRun) {
    const planned = previewed.steps.map((step) => preview(step, "down")).reverse();
    return { exitStatus, data: { ...nothing, planned }, warnings };
  }
  if (previewed.steps.length === 0) return { exitStatus, data: nothing, warnings };
  await confirmDestructive(context, {
    action: `migrate down undoes ${previewed.steps.length} steps`,
    details: previewed.steps.map((prepared) => describe(layer, prepared)).reverse(),
    confirm: options.confirm,
    always: false,
  });

  const waitMs = options.lockWaitMs ?? DEFAULT_LOCK_WAIT_MS;
  const locked = await withMigrationLock(context, waitMs, async (signal) => {
    const plan = await readPlan(context.config, layer, signal);
    // What was confirmed, and no other version, whatever another run has done meanwhile.
    const versions = new Set(previewed.steps.map(({ step }) => step.version));
    const { steps } = prepareDown(context, layer, plan, versions);
    const outcome = await runOnLayer(context, layer, { direction: "down", steps, before: plan, signal });
    return { steps, ...outcome };
  });
  const { steps, done, failure } = locked.value;
  if (failure !== null) throw runFailure("down", { done, failure }, steps);
  return { exitStatus, data: { ...nothing, undone: done }, warnings: [...warnings, ...locked.warnings] };
};

function prepareDown(
  { config }: Context,
  layer: Layer,
  plan: Plan,
  versions: number | ReadonlySet<string>,
): Undo {
  const undo = planUndo(plan, {
    stores: layer.stores,
    versions,
    sum: readSum(config.migrationsDir),
    folder: migrationsFolder(config),
  });
  throwProblems([...plan.lost, ...undo.steps.flatMap(({ refusal }) => refusal ?? [])]);
  return undo;
}

function describe({ stores }: Layer, { step }: Undo["steps"][number]): string {
  const store = stores.get(step.store);
  return `${step.version}_${step.name} on ${step.store}, ${store?.address}, ${store?.namespace}`;
}
