import { relative, sep } from "node:path";
import type { Config } from "../config/config.ts";
import { type ConnectedStores, connectStores } from "../connect.ts";
import type { Context } from "../context.ts";
import { DbctlError } from "../errors.ts";
import { STORE_NAMES, type Store, type StoreName } from "../stores/store.ts";
import { readMigrations, type StepFiles } from "./files.ts";
import { type Plan, plan } from "./plan.ts";
import type { Absence } from "./steps.ts";
import { readSum } from "./sum.ts";

/** The stores of a run, connected, as migrations see them. */
export interface Layer extends ConnectedStores {
  /** Keeps the heads of all stores: the first store of the project, whatever flags select. Connected. */
  readonly headStore: Store;
  /** Stores of the project that are not in `stores`, and why. */
  readonly absences: ReadonlyMap<StoreName, Absence>;
}

/** @throws what `connectStores` throws; STORE_NOT_CONFIGURED for a project without stores */
export async function openLayer(context: Context): Promise<Layer> {
  const connected = await connectStores(context);
  const headName = headStoreName(context.config);
  if (headName === null) {
    throw new DbctlError("STORE_NOT_CONFIGURED", "this project has no store to migrate");
  }
  const headStore = connected.stores.get(headName) ?? (await context.stores.get(headName));
  await headStore.connect(context.signal);
  const absences = new Map<StoreName, Absence>([
    ...context.stores.skipped.map((name) => [name, "skipped"] as const),
    ...[...connected.unavailable.keys()].map((name) => [name, "unavailable"] as const),
  ]);
  return { ...connected, headStore, absences };
}

/**
 * The store that keeps the heads: the system of record, or the first one there is. Chosen by the project's
 * configuration alone, so that every run, whatever its flags, looks at the same place. null: there is none.
 */
export function headStoreName(config: Config): StoreName | null {
  const isWanted = (name: StoreName) =>
    config.stores.has(name) || config.missing.get(name)?.optional === false;
  return STORE_NAMES.find(isWanted) ?? null;
}

/** Reads every history and the heads, at once, and compares them with the files. Changes nothing. */
export async function readPlan(
  config: Config,
  layer: Pick<Layer, "stores" | "headStore" | "absences">,
  signal: AbortSignal,
  files: readonly StepFiles[] = readMigrations(config.migrationsDir, config.root),
): Promise<Plan> {
  const [heads, ...histories] = await Promise.all([
    layer.headStore.migrations.heads(signal),
    ...[...layer.stores].map(
      async ([name, store]) => [name, await store.migrations.history(signal)] as const,
    ),
  ]);
  return plan({
    files,
    histories: new Map(histories),
    absences: layer.absences,
    headStore: layer.headStore.name,
    heads,
    sum: readSum(config.migrationsDir),
    mayExtendSum: mayExtendSum(config),
    folder: migrationsFolder(config),
  });
}

/** Where files are written and tried the chain grows; where they are rolled out it must already hold them. */
export function mayExtendSum({ environment }: Config): boolean {
  return environment === "development" || environment === "testing";
}

/** Relative to the project, with slashes. */
export function migrationsFolder({ root, migrationsDir }: Config): string {
  return relative(root, migrationsDir).split(sep).join("/") || ".";
}
