import { wholeNumber } from "./connection/discrete.ts";
import { type ConfiguredStore, STORE_KINDS } from "./connection/kinds.ts";
import type { ResolvedConnection } from "./connection/resolve.ts";
import { parseDuration, spellDuration } from "./duration.ts";
import type { Loading } from "./loading.ts";
import { faultOrigin, type Sourced } from "./origin.ts";
import { storeSetting } from "./settings.ts";

const DEFAULT_CONNECT_TIMEOUT_MS = 5_000;
const DEFAULT_STATEMENT_TIMEOUT_MS = 30_000;
const LARGEST_POOL = 1000;
const LONGEST_TIMEOUT_MS = 86_400_000;

/** How many connections and how much patience a store gets. */
export interface Limits {
  readonly poolSize: number;
  readonly connectTimeoutMs: number;
  readonly statementTimeoutMs: number;
}

/** Variables before the URL's own parameters before the file before the defaults of the environment; all recorded. */
export function resolveLimits(
  loading: Loading,
  store: ConfiguredStore,
  resolved: ResolvedConnection,
): Limits {
  return {
    poolSize: poolSize(loading, store),
    connectTimeoutMs: connectTimeoutMs(loading, store, resolved),
    statementTimeoutMs: timeoutMs(
      loading,
      store,
      "statementTimeout",
      durationSetting(loading, store, "statementTimeout"),
      DEFAULT_STATEMENT_TIMEOUT_MS,
    ),
  };
}

/** DB_POOL_SIZE and DB_MAX_OVERFLOW are SQLAlchemy's: what stays open, and what may come on top. */
function poolSize(loading: Loading, store: ConfiguredStore): number {
  const { settings, variables, environment } = loading;
  let chosen: Sourced<number> = storeSetting(settings, store, "poolSize") ?? {
    value: STORE_KINDS[store].poolSizes[environment.value],
    origin: { from: "default" },
  };
  if (store === "postgres") {
    const size = variables.get("DB_POOL_SIZE");
    const overflow = variables.get("DB_MAX_OVERFLOW");
    const base = wholeNumber(size, [1, LARGEST_POOL], loading) ?? chosen.value;
    const extra = wholeNumber(overflow, [0, LARGEST_POOL], loading) ?? 0;
    const origin = (size ?? overflow)?.origin;
    if (origin !== undefined) chosen = { value: Math.min(base + extra, LARGEST_POOL), origin };
  }
  loading.recordSourced(`stores.${store}.poolSize`, chosen);
  return chosen.value;
}

function connectTimeoutMs(
  loading: Loading,
  store: ConfiguredStore,
  { draft, origin }: ResolvedConnection,
): number {
  const inUrl = draft.connectTimeoutMs === null ? undefined : { value: draft.connectTimeoutMs, origin };
  const chosen =
    (store === "postgres" ? poolTimeout(loading) : undefined) ??
    inUrl ??
    durationSetting(loading, store, "connectTimeout");
  return timeoutMs(loading, store, "connectTimeout", chosen, DEFAULT_CONNECT_TIMEOUT_MS);
}

function timeoutMs(
  loading: Loading,
  store: ConfiguredStore,
  name: string,
  chosen: Sourced<number> | undefined,
  defaultMs: number,
): number {
  const value = chosen?.value ?? defaultMs;
  loading.record(`stores.${store}.${name}`, spellDuration(value), chosen?.origin ?? { from: "default" });
  return value;
}

/** SQLAlchemy's wait for a connection out of the pool, in seconds, with a fraction. */
function poolTimeout({ variables, faults, root }: Loading): Sourced<number> | undefined {
  const variable = variables.get("DB_POOL_TIMEOUT");
  if (variable === undefined) return undefined;
  const valueMs = Math.round(Number(variable.value) * 1000);
  if (valueMs > 0 && valueMs <= LONGEST_TIMEOUT_MS) return { value: valueMs, origin: variable.origin };
  const origin = faultOrigin(variable.origin, root);
  faults.add({ path: variable.name, message: "is not a number of seconds above 0", origin });
  return undefined;
}

function durationSetting(
  { settings }: Loading,
  store: ConfiguredStore,
  key: "connectTimeout" | "statementTimeout",
): Sourced<number> | undefined {
  const setting = storeSetting(settings, store, key);
  const value = setting === undefined ? null : parseDuration(setting.value);
  return setting === undefined || value === null ? undefined : { value, origin: setting.origin };
}
