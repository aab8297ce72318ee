import type { Context, Warning } from "./context.ts";
import { asDbctlError, DbctlError, strongestStatus } from "./errors.ts";
import type { Store, StoreName } from "./stores/store.ts";

export interface ConnectedStores {
  /** Connected, in the order of the names asked for. */
  readonly stores: ReadonlyMap<StoreName, Store>;
  /** Optional stores that could not be reached, and why. */
  readonly unavailable: ReadonlyMap<StoreName, DbctlError>;
  /** One for each unavailable store, ready for the report. */
  readonly warnings: readonly Warning[];
}

/**
 * Connects `names` (default: every store of the run) in parallel.
 * @throws the strongest of the failures of required stores, its message naming every one of them; CANCELLED
 */
export async function connectStores(
  context: Context,
  names: readonly StoreName[] = context.stores.names,
): Promise<ConnectedStores> {
  const results = await Promise.all(names.map((name) => connectOne(context, name)));
  if (context.signal.aborted) throw new DbctlError("CANCELLED", "interrupted while connecting");

  const stores = new Map<StoreName, Store>();
  const unavailable = new Map<StoreName, DbctlError>();
  const fatal: { name: StoreName; error: DbctlError }[] = [];
  results.forEach((result, index) => {
    const name = names[index];
    if (name === undefined) return;
    if (!(result instanceof DbctlError)) stores.set(name, result);
    else if (context.stores.isOptional(name)) unavailable.set(name, result);
    else fatal.push({ name, error: result });
  });
  if (fatal.length > 0) throw combined(fatal);
  return { stores, unavailable, warnings: [...unavailable].map(([name, error]) => asWarning(name, error)) };
}

/** The store's failure as a warning of the run. */
export function asWarning(store: StoreName, error: DbctlError): Warning {
  return { code: error.code, message: `${store} is left out: ${error.message}`, hint: error.hint, store };
}

async function connectOne(context: Context, name: StoreName): Promise<Store | DbctlError> {
  try {
    const store = await context.stores.get(name);
    await store.connect(context.signal);
    return store;
  } catch (error) {
    return asDbctlError(error);
  }
}

/** One error for several stores: the code of the strongest status, the words of all. */
function combined(failures: readonly { name: StoreName; error: DbctlError }[]): DbctlError {
  const status = strongestStatus(failures.map(({ error }) => error.exitStatus));
  const strongest = failures.find(({ error }) => error.exitStatus === status) ?? failures[0];
  if (strongest === undefined) throw new DbctlError("INTERNAL", "no failure to combine");
  if (failures.length === 1) return strongest.error;
  return new DbctlError(strongest.error.code, failures.map(describe).join("\n"), {
    hint: strongest.error.hint,
    store: strongest.name,
    cause: strongest.error,
    data: {
      stores: failures.map(({ name, error }) => ({ store: name, code: error.code, message: error.message })),
    },
  });
}

function describe({ name, error }: { name: StoreName; error: DbctlError }): string {
  return error.message.includes(name) ? error.message : `${name}: ${error.message}`;
}
