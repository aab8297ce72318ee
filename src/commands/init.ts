import type { Command, Context } from "../context.ts";
import { EXIT } from "../errors.ts";
import { headOf } from "../migrate/heads.ts";
import { type Layer, openLayer, readPlan } from "../migrate/layer.ts";
import type { Plan } from "../migrate/plan.ts";
import { throwProblems } from "../migrate/problem.ts";
import { appliedSteps } from "../migrate/report.ts";
import type { Store, StoreName } from "../stores/store.ts";

export interface InitOptions {
  readonly dryRun: boolean;
  /** Prints what a person with the rights would run; connects to nothing. */
  readonly printSql: boolean;
}

export type InitState = "created" | "exists" | "would be created";

export interface InitializedStore {
  readonly store: StoreName;
  readonly address: string;
  readonly namespace: string;
  readonly namespaceState: InitState;
  readonly history: InitState;
}

export interface InitData {
  readonly dryRun: boolean;
  readonly stores: readonly InitializedStore[];
  /** With `printSql`: statements in the order to run them. */
  readonly statements: readonly { readonly store: StoreName; readonly statements: readonly string[] }[];
}

/** How long a dry run waits to learn whether a namespace is there. */
const HEALTH_DEADLINE_MS = 5_000;

/**
 * Makes sure that every store has its namespace and its history. Idempotent. A history that the heads remember and
 * that is gone is not made anew: that would turn a loss into "nothing applied yet". @throws HISTORY_MISSING
 */
export const run: Command<InitOptions, InitData> = async (context, { dryRun, printSql }) => {
  if (printSql) {
    const statements = await Promise.all(context.stores.names.map((name) => initStatements(context, name)));
    return { exitStatus: EXIT.ok, data: { dryRun, stores: [], statements }, warnings: [] };
  }
  const layer = await openLayer(context);
  // Files play no part here: a fault in them is for migrate to tell.
  const plan = await readPlan(context.config, layer, context.signal, []);
  throwProblems(plan.lost.filter(({ store }) => !isHeadsOnly(layer, plan, store)));
  const stores: InitializedStore[] = [];
  for (const store of layer.stores.values()) {
    stores.push(dryRun ? await foresee(context, store, plan) : await initialize(context, store, plan));
  }
  if (!dryRun && plan.lost.length > 0) await recordHeads(context, layer, plan);
  const exitStatus = layer.unavailable.size > 0 ? EXIT.inconclusive : EXIT.ok;
  return { exitStatus, data: { dryRun, stores, statements: [] }, warnings: layer.warnings };
};

async function initialize(
  { reporter, signal }: Context,
  store: Store,
  plan: Plan,
): Promise<InitializedStore> {
  const { name, address, namespace } = store;
  const task = reporter.task(`namespace and history at ${address}`, { store: name });
  try {
    const namespaceState = await store.ensureNamespace(signal);
    await store.migrations.ensureHistory(signal);
    const history = plan.uninitialised.includes(name) ? "created" : "exists";
    task.succeed();
    return { store: name, address, namespace, namespaceState, history };
  } catch (error) {
    task.fail();
    throw error;
  }
}

async function foresee({ signal }: Context, store: Store, plan: Plan): Promise<InitializedStore> {
  const { name, address, namespace } = store;
  const { namespaceExists } = await store.health({ signal, deadlineMs: HEALTH_DEADLINE_MS });
  const namespaceState = namespaceExists ? "exists" : "would be created";
  const history = plan.uninitialised.includes(name) ? "would be created" : "exists";
  return { store: name, address, namespace, namespaceState, history };
}

async function initStatements({ stores }: Context, name: StoreName): Promise<InitData["statements"][number]> {
  const store = await stores.get(name);
  return { store: name, statements: store.initStatements?.() ?? [] };
}

/** Whether only the table of heads is gone, with the history beside it still there: it can be made anew. */
function isHeadsOnly({ headStore }: Layer, plan: Plan, store: StoreName | null): boolean {
  return (
    store === headStore.name && plan.steps.some((step) => step.store === store && step.revision !== null)
  );
}

async function recordHeads({ signal }: Context, { headStore }: Layer, plan: Plan): Promise<void> {
  for (const [store, applied] of appliedSteps(plan)) {
    await headStore.migrations.recordHead(store, headOf(store, applied), signal);
  }
}
