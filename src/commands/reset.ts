import type { Command, Context, Warning } from "../context.ts";
import { DbctlError, EXIT } from "../errors.ts";
import { type Layer, openLayer } from "../migrate/layer.ts";
import { withMigrationLock } from "../migrate/lock.ts";
import {
  declaredCollections,
  planReset,
  type ResetPlan,
  refusePartialReset,
  resetLayer,
} from "../migrate/reset.ts";
import type { CollectionInfo, Store, StoreName } from "../stores/store.ts";
import { formatRows } from "../util/format.ts";
import { confirmDestructive } from "./guard.ts";

export interface ResetOptions {
  readonly confirm?: string | undefined;
  readonly dryRun: boolean;
}

export interface ResetStore {
  readonly store: StoreName;
  readonly address: string;
  readonly namespace: string;
  /** Steps undone with their stored down scripts, newest first: `0003_executions`. */
  readonly undone: readonly string[];
  /** Declared collections: those no script dropped; in a dry run, all that are there. */
  readonly dropped: readonly string[];
  /** Collections that are not declared: they stay; in a dry run, unless a script drops them. */
  readonly kept: readonly string[];
  /** Always false in a dry run. */
  readonly namespaceDropped: boolean;
}

export interface ResetData {
  readonly dryRun: boolean;
  readonly stores: readonly ResetStore[];
}

/** Long enough for a run that is just ending, short enough for somebody who waits. */
const LOCK_WAIT_MS = 10_000;
const HEALTH_DEADLINE_MS = 5_000;

/**
 * Takes everything of this project out of its stores: runs the stored down scripts, newest first, drops the declared
 * collections that are left, the histories, and the namespaces that are empty then. Development and testing only.
 * @throws PROTECTED, CONFIRMATION_REQUIRED; LOCK_HELD while a migration runs
 */
export const run: Command<ResetOptions, ResetData> = async (context, options) => {
  refuseElsewhere(context);
  const layer = await openLayer(context);
  const plan = await planReset(context, layer, context.signal);
  refusePartialReset(layer, plan);
  if (options.dryRun) {
    const stores = [...layer.stores.values()].map((store) => foresee(context, store, plan));
    return {
      exitStatus: EXIT.ok,
      data: { dryRun: true, stores },
      warnings: [...layer.warnings, ...plan.warnings],
    };
  }
  await confirmDestructive(context, {
    action: `reset drops everything of ${context.config.name}`,
    details: [...layer.stores.values()].map((store) => describe(store, plan.catalogs.get(store.name) ?? [])),
    confirm: options.confirm,
    always: true,
  });
  // The lock lives in a namespace, and somebody may have dropped it.
  await layer.headStore.ensureNamespace(context.signal);
  const { value: outcome, warnings } = await withMigrationLock(context, LOCK_WAIT_MS, (signal) =>
    resetLayer(context, layer, signal),
  );
  // After the lock: the session that holds it may be inside the namespace.
  const dropped = await dropNamespaces(layer, context.signal);
  const stores = [...layer.stores.values()].map(
    ({ name, address, namespace }): ResetStore => ({
      store: name,
      address,
      namespace,
      undone: outcome.done.filter(({ store }) => store === name).map(folderOf),
      dropped: outcome.dropped.get(name) ?? [],
      kept: outcome.kept.get(name) ?? [],
      namespaceDropped: dropped.has(name),
    }),
  );
  const rests = await unnamedRests(layer, stores, context.signal);
  return {
    exitStatus: EXIT.ok,
    data: { dryRun: false, stores },
    warnings: [...layer.warnings, ...warnings, ...outcome.warnings, ...rests],
  };
};

function refuseElsewhere({ config }: Context): void {
  if (config.environment === "development" || config.environment === "testing") return;
  throw new DbctlError("PROTECTED", `reset: refused, the environment is ${config.environment}`, {
    hint: "reset is for development and testing only",
  });
}

function foresee(context: Context, { name, address, namespace }: Store, plan: ResetPlan): ResetStore {
  const declared = declaredCollections(context, name);
  const found = (plan.catalogs.get(name) ?? []).map((collection) => collection.name);
  const undone = plan.steps.filter(({ step, refusal }) => step.store === name && refusal === null);
  return {
    store: name,
    address,
    namespace,
    undone: undone.map(({ step }) => folderOf(step)).reverse(),
    dropped: found.filter((collection) => declared.has(collection)),
    kept: found.filter((collection) => !declared.has(collection)),
    namespaceDropped: false,
  };
}

/** The head store last: as long as it is there, it remembers the others. */
async function dropNamespaces({ stores }: Layer, signal: AbortSignal): Promise<ReadonlySet<StoreName>> {
  const dropped = new Set<StoreName>();
  for (const store of [...stores.values()].reverse()) {
    if (await store.dropNamespaceIfEmpty(signal)) dropped.add(store.name);
  }
  return dropped;
}

/** Stores whose namespace stays although it holds no collection: a type, a function, another schema is left. */
async function unnamedRests(
  layer: Layer,
  results: readonly ResetStore[],
  signal: AbortSignal,
): Promise<Warning[]> {
  const warnings: Warning[] = [];
  for (const { store, namespace, kept, namespaceDropped } of results) {
    if (namespaceDropped || kept.length > 0) continue;
    const health = await layer.stores.get(store)?.health({ signal, deadlineMs: HEALTH_DEADLINE_MS });
    if (health?.namespaceExists !== true) continue;
    const message = `${namespace} stays in ${store}: it holds something that is no collection and that no script dropped`;
    warnings.push({
      code: "TARGET_NOT_EMPTY",
      message,
      hint: "look what it is: a migration may trip over it",
      store,
    });
  }
  return warnings;
}

function describe({ name, address, namespace }: Store, catalog: readonly CollectionInfo[]): string {
  const rows = catalog.reduce((sum, collection) => sum + collection.rows, 0);
  const tables = catalog.map((collection) => `${collection.name} ${formatRows(collection.rows)}`);
  const list = tables.length === 0 ? "nothing" : tables.slice(0, 8).join(", ");
  const more = tables.length > 8 ? ` and ${tables.length - 8} more` : "";
  return `${name} at ${address}, ${namespace}: ${formatRows(rows)}: ${list}${more}`;
}

function folderOf({ version, name }: { readonly version: string; readonly name: string }): string {
  return `${version}_${name}`;
}
