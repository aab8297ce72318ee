import type { Context, Warning } from "../context.ts";
import { asDbctlError, DbctlError } from "../errors.ts";
import type { CollectionInfo, Store, StoreName } from "../stores/store.ts";
import { catalogOf } from "./catalog.ts";
import { readMigrations, type StepFiles } from "./files.ts";
import { type Layer, migrationsFolder, readPlan } from "./layer.ts";
import { throwIfAborted } from "./lock.ts";
import type { Plan, PlannedStep } from "./plan.ts";
import { asWarnings } from "./report.ts";
import { runOnLayer } from "./run.ts";
import { type StepResult, stepName } from "./runner.ts";
import { readSum } from "./sum.ts";
import { planUndo, type UndoStep } from "./undo.ts";

/** What a reset is about to find. */
export interface ResetPlan {
  readonly plan: Plan;
  /** Recorded steps in the order of application, each undone by its stored script unless something speaks against it. */
  readonly steps: readonly UndoStep[];
  /** What every store's namespace holds beside dbctl's own. */
  readonly catalogs: ReadonlyMap<StoreName, readonly CollectionInfo[]>;
  readonly warnings: readonly Warning[];
}

/** Changes nothing. Faults in the files are warnings: what was stored is what runs. */
export async function planReset(context: Context, layer: Layer, signal: AbortSignal): Promise<ResetPlan> {
  const { config } = context;
  const warnings: Warning[] = [];
  let files: readonly StepFiles[] = [];
  try {
    files = readMigrations(config.migrationsDir, config.root);
  } catch (error) {
    const { code, message, hint } = asDbctlError(error);
    warnings.push({ code, message, hint });
  }
  const plan = await readPlan(config, layer, signal, files);
  const { steps } = planUndo(plan, {
    stores: layer.stores,
    versions: Number.POSITIVE_INFINITY,
    sum: readSum(config.migrationsDir),
    folder: migrationsFolder(config),
  });
  const refusals = steps.flatMap(({ refusal }) => (refusal === null ? [] : [{ ...refusal, hint: SKIPPED }]));
  const catalogs = await catalogsOf(layer, signal);
  return { plan, steps, catalogs, warnings: [...warnings, ...asWarnings(refusals)] };
}

const SKIPPED =
  "reset goes on without this script: what it would drop stays unless it is declared as an entity";

export interface ResetOutcome {
  readonly done: readonly StepResult[];
  /** By store: declared collections that no script had dropped. */
  readonly dropped: ReadonlyMap<StoreName, readonly string[]>;
  /** By store: what is left. */
  readonly kept: ReadonlyMap<StoreName, readonly string[]>;
  readonly warnings: readonly Warning[];
}

/**
 * Runs the stored down scripts, newest first, drops the declared collections that are left, then the histories; to be
 * called under the layer's lock. A script that fails is a warning, since the rest goes all the same.
 */
export async function resetLayer(context: Context, layer: Layer, signal: AbortSignal): Promise<ResetOutcome> {
  const found = await planReset(context, layer, signal);
  const { done, warnings } = await undoEverything(context, layer, found, signal);
  const dropped = new Map<StoreName, readonly string[]>();
  for (const store of layer.stores.values()) {
    throwIfAborted(signal);
    dropped.set(store.name, await dropDeclared(context, store, signal));
  }
  for (const store of [...layer.stores.values()].reverse()) {
    await dropHistory(store, signal);
    if (store !== layer.headStore && found.plan.heads !== null && !layer.stores.has(layer.headStore.name)) {
      await layer.headStore.migrations.recordHead(store.name, null, signal);
    }
  }
  const catalogs = await catalogsOf(layer, signal);
  const kept = new Map([...catalogs].map(([store, list]) => [store, list.map(({ name }) => name)]));
  return { done, dropped, kept, warnings: [...found.warnings, ...warnings] };
}

/** Names of declared collections of `store`, sources and copies. */
export function declaredCollections({ config }: Context, store: StoreName): ReadonlySet<string> {
  const places = config.entities.flatMap(({ source, copies }) => [source, ...copies]);
  return new Set(places.filter(({ ref }) => ref.store === store).map(({ ref }) => ref.name));
}

async function undoEverything(
  context: Context,
  layer: Layer,
  { plan, steps }: ResetPlan,
  signal: AbortSignal,
) {
  const warnings: Warning[] = [];
  const done: StepResult[] = [];
  let rest: readonly UndoStep[] = steps.filter(({ refusal }) => refusal === null);
  const isUndone = (step: PlannedStep) => done.some((result) => stepName(result) === stepName(step));
  while (rest.length > 0) {
    const before = { steps: plan.steps.filter((step) => !isUndone(step)) };
    const outcome = await runOnLayer(context, layer, { direction: "down", steps: rest, before, signal });
    done.push(...outcome.done);
    if (outcome.failure === null) break;
    const { step, error } = outcome.failure;
    if (error.code !== "MIGRATION_FAILED") throw error;
    warnings.push({ code: error.code, message: error.message, hint: SKIPPED, store: step.store });
    rest = rest.slice(
      0,
      rest.findIndex((candidate) => stepName(candidate.step) === stepName(step)),
    );
  }
  return { done, warnings };
}

async function dropDeclared(context: Context, store: Store, signal: AbortSignal): Promise<readonly string[]> {
  const declared = declaredCollections(context, store.name);
  const dropped: string[] = [];
  for (const { name } of await catalogOf(store, signal)) {
    if (!declared.has(name)) continue;
    throwIfAborted(signal);
    await store.dropCollection({ store: store.name, name }, signal);
    dropped.push(name);
  }
  return dropped;
}

/** A namespace that is gone has no history. */
async function dropHistory({ migrations }: Store, signal: AbortSignal): Promise<void> {
  try {
    await migrations.dropHistory(signal);
  } catch (error) {
    if (asDbctlError(error).code !== "NOT_INITIALISED") throw error;
  }
}

async function catalogsOf({ stores }: Layer, signal: AbortSignal) {
  const catalogs = await Promise.all(
    [...stores.values()].map(async (store) => [store.name, await catalogOf(store, signal)] as const),
  );
  return new Map(catalogs);
}

/** A reset of the store that keeps the heads would make the others' histories look lost. @throws USAGE */
export function refusePartialReset(layer: Layer, { plan }: ResetPlan): void {
  if (!layer.stores.has(layer.headStore.name)) return;
  const others = (plan.heads ?? []).map(({ store }) => store).filter((store) => !layer.stores.has(store));
  if (others.length === 0) return;
  const message = `${layer.headStore.name} keeps the heads of ${others.join(", ")}: it can't be reset without them`;
  throw new DbctlError("USAGE", message, { hint: "reset every store, or skip this one" });
}
