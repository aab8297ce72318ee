import type { Connection, StoreOptions } from "../stores/store.ts";
import type { MissingStore, StoreConfig } from "./config.ts";
import { isLoopback, redactedUrl } from "./connection/address.ts";
import { type ConfiguredStore, STORE_KINDS, type StoreKind } from "./connection/kinds.ts";
import { type ResolvedConnection, resolveConnection } from "./connection/resolve.ts";
import { resolveEncryption } from "./encryption.ts";
import { resolveLimits } from "./limits.ts";
import type { Loading } from "./loading.ts";
import { resolveNamespace } from "./namespace.ts";
import { storeSetting } from "./settings.ts";

/** The store's configuration; null when nothing says where it is, or what says so is faulty. */
export async function resolveStore(loading: Loading, store: ConfiguredStore): Promise<StoreConfig | null> {
  const { settings, variables, faults, warn, root } = loading;
  const kind: StoreKind = STORE_KINDS[store];
  const resolved = await resolveConnection({
    store,
    variables,
    fileUrl: storeSetting(settings, store, "url"),
    stackUrl: () => loading.stackUrl(store),
    faults,
    warn,
    root,
  });
  if (resolved === null) return null;
  const { draft } = resolved;
  const host = draft.host ?? "localhost";
  const user = draft.user ?? kind.defaultUser;
  loading.secrets.add(draft.password, [user, host, draft.database, loading.name]);

  const loopback = isLoopback(host);
  const { tls, shown } = await resolveEncryption(loading, store, resolved, kind.defaultTls(loopback));
  const connection: Connection = {
    host,
    port: draft.port ?? kind.defaultPort(tls !== null),
    user,
    password: draft.password,
    database: draft.database,
    tls,
    parameters: draft.parameters,
  };
  recordConnection(loading, store, resolved, connection);
  loading.recordSourced(`stores.${store}.tls`, shown);
  const options: StoreOptions = {
    connection,
    ...resolveNamespace(loading, store, resolved),
    ...resolveLimits(loading, store, resolved),
    applicationName: draft.applicationName ?? "dbctl",
  };
  return { options, optional: isOptional(loading, store), loopback };
}

/** What to say of a wanted store that nothing says the address of. */
export function missingStore(loading: Loading, store: ConfiguredStore): MissingStore {
  const { title, urlVariables } = STORE_KINDS[store];
  const { value: environment } = loading.environment;
  const [variable = "", ...others] = urlVariables;
  const isLocal = environment === "development" || environment === "testing";
  const unset =
    others.length === 0 ? `${variable} is not set` : `neither ${urlVariables.join(" nor ")} is set`;
  const note = isLocal ? "" : "; the local stack counts in development and testing only";
  loading.record(`stores.${store}.url`, "(not set)", { from: "default" });
  return {
    optional: isOptional(loading, store),
    message: `${title} has no URL in ${environment}: ${unset}${note}`,
    hint: `set ${variable} in the environment or in ${loading.root}/.env.${environment}${isLocal ? ", or run dbctl stack up" : ""}`,
  };
}

function isOptional(loading: Loading, store: ConfiguredStore): boolean {
  const setting = storeSetting(loading.settings, store, "optional");
  loading.recordSourced(`stores.${store}.optional`, setting ?? { value: false, origin: { from: "default" } });
  return setting?.value ?? false;
}

function recordConnection(
  loading: Loading,
  store: ConfiguredStore,
  { draft, origin, parts }: ResolvedConnection,
  connection: Connection,
): void {
  const kind: StoreKind = STORE_KINDS[store];
  const effective = { ...draft, host: connection.host, port: connection.port, user: connection.user };
  const isTls = connection.tls !== null;
  loading.record(`stores.${store}.url`, redactedUrl(kind.scheme(isTls), effective), origin);
  for (const [part, variable] of parts) {
    const value = part === "password" ? "***" : String(draft[part]);
    loading.record(`stores.${store}.${part}`, value, variable.origin);
  }
}
