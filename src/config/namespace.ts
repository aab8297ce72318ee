import type { Origin } from "./config.ts";
import type { ConfiguredStore } from "./connection/kinds.ts";
import type { ResolvedConnection } from "./connection/resolve.ts";
import type { Loading } from "./loading.ts";
import { identifierOf } from "./naming.ts";
import { faultOrigin, type Sourced } from "./origin.ts";
import { isInConfiguration, projectSetting, storeSetting } from "./settings.ts";

const LONGEST_BYTES = 63;

/**
 * Where in the store everything lies: what was said outright (flag, variable, the store's setting, the project's), else
 * the database that the URL names, else the project's name. The stack's URLs name none.
 */
export function resolveNamespace(
  loading: Loading,
  store: ConfiguredStore,
  resolved: ResolvedConnection,
): { readonly namespace: string; readonly schema?: string } {
  const namespace =
    loading.namespace ??
    storeSetting(loading.settings, store, "namespace") ??
    projectSetting(loading.settings, "namespace", (raw) => raw.namespace) ??
    databaseOf(resolved) ??
    projectName(loading);
  check(loading, `stores.${store}.namespace`, namespace);
  loading.recordSourced(`stores.${store}.namespace`, namespace);

  const schema = schemaOf(loading, store, resolved);
  if (schema === undefined) return { namespace: namespace.value };
  check(loading, `stores.${store}.schema`, schema);
  loading.recordSourced(`stores.${store}.schema`, schema);
  return { namespace: namespace.value, schema: schema.value };
}

function databaseOf({ draft, origin, parts, isStack }: ResolvedConnection): Sourced<string> | undefined {
  if (draft.database === null || isStack) return undefined;
  return { value: draft.database, origin: parts.get("database")?.origin ?? origin };
}

/** A variable's URL before the file's setting before the file's URL. */
function schemaOf(
  loading: Loading,
  store: ConfiguredStore,
  { draft, origin }: ResolvedConnection,
): Sourced<string> | undefined {
  if (store !== "postgres") return undefined;
  const inUrl = draft.schema === null ? undefined : { value: draft.schema, origin };
  const setting = storeSetting(loading.settings, store, "schema");
  return isInConfiguration(loading.settings, origin) ? (setting ?? inUrl) : (inUrl ?? setting);
}

function projectName(loading: Loading): Sourced<string> {
  const origin: Origin = { from: "file", file: loading.settings.file, name: "name" };
  return { value: identifierOf(loading.name), origin };
}

/** Every engine takes these names; PostgreSQL cuts what is longer. */
function check(loading: Loading, path: string, { value, origin }: Sourced<string>): void {
  const message =
    Buffer.byteLength(value) > LONGEST_BYTES
      ? `"${value}" is longer than ${LONGEST_BYTES} bytes`
      : /^[A-Za-z_][\w$-]*$/.test(value) || /^[\p{L}_][\p{L}\p{N}_$-]*$/u.test(value)
        ? null
        : `"${value}" is no name: letters, digits, _, $ and -, beginning with a letter or _`;
  if (message !== null) loading.faults.add({ path, message, origin: faultOrigin(origin, loading.root) });
}
