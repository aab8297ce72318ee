import { DbctlError } from "../errors.ts";
import type { OpenStore, StoreName } from "./store.ts";

/** The one registry. Adapters load when they are used: a driver may take 150 ms to import. */
const ADAPTERS: Partial<Record<StoreName, () => Promise<OpenStore>>> = {
  postgres: async () => (await import("./postgres/index.ts")).openPostgres,
  clickhouse: async () => (await import("./clickhouse/index.ts")).openClickhouse,
};

/** Stores this build can open, system of record first: the order of steps within a version. */
export const SUPPORTED_STORES: readonly StoreName[] = ["postgres", "clickhouse"];

/** @throws CONFIG_INVALID for a store that this build has no adapter for */
export async function loadAdapter(name: StoreName): Promise<OpenStore> {
  const load = ADAPTERS[name];
  if (load === undefined) throw new DbctlError("CONFIG_INVALID", `dbctl has no adapter for ${name} yet`);
  return load();
}
