import type { TlsMode } from "../config/connection/draft.ts";
import { asWarning } from "../connect.ts";
import type { Command, Context, Warning } from "../context.ts";
import {
  asDbctlError,
  DbctlError,
  ERRORS,
  type ErrorCode,
  EXIT,
  type ExitStatus,
  strongestStatus,
} from "../errors.ts";
import type { HealthReport, SessionFacts, Store, StoreName, StoreOptions } from "../stores/store.ts";

export interface TestedStore {
  readonly store: StoreName;
  readonly optional: boolean;
  /** Host and port; null for a store without a URL. */
  readonly address: string | null;
  readonly namespace: string | null;
  readonly state: "up" | "down";
  readonly version: string | null;
  /** From the first packet until the store let us in. */
  readonly connectMs: number | null;
  /** Of one small query. */
  readonly latencyMs: number | null;
  /** False before `dbctl init`. */
  readonly namespaceExists: boolean | null;
  readonly encryption: Encryption;
  /** As the server knows us; the configured user where the engine cannot tell. */
  readonly user: string | null;
  readonly privileges: SessionFacts["privileges"];
  readonly error: { readonly code: ErrorCode; readonly message: string; readonly hint: string } | null;
}

export interface Encryption {
  /** What the configuration asks for, in libpq's words; null for a store without a URL. */
  readonly wanted: TlsMode | null;
  /** As the URL has it, `require` for Neon; null where it says nothing. */
  readonly channelBinding: string | null;
  /** What the server says of the session; null when it is not known or not encrypted. */
  readonly session: string | null;
  /** Null when it is not known. */
  readonly encrypted: boolean | null;
}

export interface TestData {
  readonly stores: readonly TestedStore[];
  /** Left out by a flag. */
  readonly skipped: readonly StoreName[];
}

/** Connects to every store at once; all are reported, whatever happens to one of them. Changes nothing. */
export const run: Command<Record<string, never>, TestData> = async (context) => {
  const { names, skipped } = context.stores;
  if (names.length === 0) {
    throw new DbctlError("STORE_NOT_CONFIGURED", "the configuration has no store to connect to");
  }
  const results = await Promise.all(names.map((name) => testStore(context, name)));
  if (context.signal.aborted) throw new DbctlError("CANCELLED", "interrupted while connecting");

  const failures = results.flatMap(({ tested, error }) => (error === null ? [] : [{ tested, error }]));
  const fatal = failures.filter(({ tested }) => !tested.optional);
  const warnings: Warning[] = failures
    .filter(({ tested }) => tested.optional)
    .map(({ tested, error }) => asWarning(tested.store, error));
  return {
    exitStatus: strongestStatus(fatal.map(({ error }): ExitStatus => error.exitStatus).concat(EXIT.ok)),
    data: { stores: results.map(({ tested }) => tested), skipped },
    warnings,
  };
};

interface Result {
  readonly tested: TestedStore;
  readonly error: DbctlError | null;
}

async function testStore(context: Context, name: StoreName): Promise<Result> {
  const { signal, stores, config } = context;
  const options = config.stores.get(name)?.options;
  const known = describeTarget(name, stores.isOptional(name), options);
  const startedMs = performance.now();
  try {
    const store = await stores.get(name);
    await store.connect(signal);
    const connectMs = performance.now() - startedMs;
    const reached = { ...known, address: store.address, namespace: store.namespace, connectMs };
    return await examine(store, reached, { signal, deadlineMs: options?.connectTimeoutMs ?? 0 });
  } catch (thrown) {
    return failed(known, asDbctlError(thrown));
  }
}

async function examine(
  store: Store,
  reached: TestedStore,
  { signal, deadlineMs }: { readonly signal: AbortSignal; readonly deadlineMs: number },
): Promise<Result> {
  const health = await store.health({ signal, deadlineMs });
  const tested: TestedStore = {
    ...reached,
    version: health.version,
    latencyMs: health.latencyMs,
    namespaceExists: health.namespaceExists,
  };
  if (health.state === "down") return failed(tested, downError(store, health.findings[0]));
  const facts = (await store.inspectSession?.(signal)) ?? null;
  const { wanted } = tested.encryption;
  const isSure = wanted === "disable" || (wanted !== "prefer" && wanted !== "allow");
  return {
    tested: {
      ...tested,
      state: "up",
      user: facts?.user ?? tested.user,
      privileges: facts?.privileges ?? [],
      encryption: {
        ...tested.encryption,
        session: facts?.tls ?? null,
        encrypted: facts !== null ? facts.tls !== null : isSure ? wanted !== "disable" : null,
      },
    },
    error: null,
  };
}

function failed(tested: TestedStore, error: DbctlError): Result {
  const { code, message, hint } = error;
  return { tested: { ...tested, state: "down", error: { code, message, hint } }, error };
}

function downError(store: Store, finding: HealthReport["findings"][number] | undefined): DbctlError {
  const code = Object.keys(ERRORS).find((known): known is ErrorCode => known === finding?.code);
  const message = finding?.message ?? `${store.name} at ${store.address} does not answer`;
  return new DbctlError(code ?? "STORE_UNREACHABLE", message, { store: store.name, hint: finding?.hint });
}

/** What is known before the first packet. */
function describeTarget(store: StoreName, optional: boolean, options: StoreOptions | undefined): TestedStore {
  const connection = options?.connection;
  const address =
    connection === undefined
      ? null
      : `${connection.host.includes(":") ? `[${connection.host}]` : connection.host}:${connection.port}`;
  return {
    store,
    optional,
    address,
    namespace: options?.namespace ?? null,
    state: "down",
    version: null,
    connectMs: null,
    latencyMs: null,
    namespaceExists: null,
    encryption: {
      wanted: connection === undefined ? null : wantedMode(connection.tls),
      channelBinding: connection?.parameters.channel_binding ?? null,
      session: null,
      encrypted: null,
    },
    user: connection?.user ?? null,
    privileges: [],
    error: null,
  };
}

function wantedMode(tls: StoreOptions["connection"]["tls"]): TlsMode {
  if (tls === null) return "disable";
  if (tls.optional) return "prefer";
  if (!tls.verify) return "require";
  return tls.verifyHost === false ? "verify-ca" : "verify-full";
}
