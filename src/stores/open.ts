import type { Config, MissingStore } from "../config/config.ts";
import type { StoreSet } from "../context.ts";
import { DbctlError } from "../errors.ts";
import { loadAdapter, SUPPORTED_STORES } from "./index.ts";
import type { Store, StoreName } from "./store.ts";

/** Which stores a run may use: `--store` and `--skip-<store>`. */
export interface StoreSelection {
  /** All when left out or empty. */
  readonly only?: readonly StoreName[] | undefined;
  readonly skip?: readonly StoreName[] | undefined;
}

export interface OpenedStores extends StoreSet {
  /** Closes what was opened, in reverse. Idempotent; never throws. */
  close(): Promise<void>;
}

/**
 * The stores of `config` that `selection` lets through. Nothing is opened before `get`; a store is opened once.
 * A store that the configuration wants but has no URL for is among the names, and `get` says what to set.
 * @throws USAGE when `selection` names a store that the project does not have
 */
export function openStores(config: Config, selection: StoreSelection = {}): OpenedStores {
  const wanted = SUPPORTED_STORES.filter((name) => config.stores.has(name) || config.missing.has(name));
  const { only = [], skip = [] } = selection;
  for (const name of [...only, ...skip]) {
    if (!wanted.includes(name)) throw unknownStore(name, wanted);
  }
  const names = wanted.filter((name) => (only.length === 0 || only.includes(name)) && !skip.includes(name));
  const opened = new Map<StoreName, Promise<Store>>();

  return {
    names,
    skipped: wanted.filter((name) => !names.includes(name)),
    isOptional: (name) => (config.stores.get(name) ?? config.missing.get(name))?.optional ?? false,
    get(name) {
      const known = opened.get(name);
      if (known !== undefined) return known;
      const store = open(config, name);
      opened.set(name, store);
      return store;
    },
    async close() {
      const stores = await Promise.allSettled([...opened.values()].reverse());
      opened.clear();
      for (const store of stores) {
        if (store.status === "fulfilled") await store.value.close();
      }
    },
  };
}

async function open(config: Config, name: StoreName): Promise<Store> {
  const store = config.stores.get(name);
  if (store === undefined) throw notConfigured(name, config.missing.get(name));
  const openStore = await loadAdapter(name);
  return openStore(store.options);
}

function notConfigured(name: StoreName, missing: MissingStore | undefined): DbctlError {
  if (missing === undefined) {
    return new DbctlError("STORE_NOT_CONFIGURED", `this project has no store ${name}`, { store: name });
  }
  return new DbctlError("STORE_NOT_CONFIGURED", missing.message, { store: name, hint: missing.hint });
}

function unknownStore(name: StoreName, wanted: readonly StoreName[]): DbctlError {
  const known = wanted.length === 0 ? "it has none" : `it has ${wanted.join(" and ")}`;
  return new DbctlError("USAGE", `this project has no store ${name}: ${known}`, { store: name });
}
