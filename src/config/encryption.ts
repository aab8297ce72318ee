import { asDbctlError } from "../errors.ts";
import type { TlsOptions } from "../stores/store.ts";
import type { Origin } from "./config.ts";
import { type ConnectionDraft, NO_TLS_REQUEST, type TlsMode, type TlsRequest } from "./connection/draft.ts";
import type { ConfiguredStore } from "./connection/kinds.ts";
import { checkChannelBinding } from "./connection/postgres.ts";
import type { ResolvedConnection } from "./connection/resolve.ts";
import { resolveTls } from "./connection/tls.ts";
import type { Loading } from "./loading.ts";
import { faultOrigin, type Sourced } from "./origin.ts";
import type { RawStore } from "./schema.ts";
import { isInConfiguration, storeSetting } from "./settings.ts";

export interface Encryption {
  readonly tls: TlsOptions | null;
  /** For `config show`. */
  readonly shown: Sourced<string>;
}

/**
 * The URL's word on encryption, completed by the file's `tls`; of a URL in the file, `tls` is the stronger one. The
 * local stack has none, whatever the file wants elsewhere. Reports what cannot be.
 */
export async function resolveEncryption(
  loading: Loading,
  store: ConfiguredStore,
  resolved: ResolvedConnection,
  defaultMode: TlsMode,
): Promise<Encryption> {
  const { draft, origin, isStack } = resolved;
  const setting = isStack ? undefined : storeSetting(loading.settings, store, "tls");
  const request = bindable(
    mergeRequests(loading, store, resolved, tlsRequest(setting?.value)),
    draft.parameters,
  );
  const isFromUrl = draft.tls.mode !== null && request.mode === draft.tls.mode;
  const from: Origin = isFromUrl ? origin : (setting?.origin ?? { from: "default" });
  try {
    checkChannelBinding(draft.parameters.channel_binding, request.mode);
    const tls = await resolveTls(request, defaultMode, loading.root);
    const value = tls === null ? "off" : (request.mode ?? (tls.optional ? "prefer" : "verify-full"));
    return { tls, shown: { value, origin: from } };
  } catch (error) {
    const { message, hint } = asDbctlError(error);
    loading.faults.add({
      path: `stores.${store}.tls`,
      message,
      origin: faultOrigin(setting?.origin ?? origin, loading.root),
      suggestion: hint,
    });
    return { tls: null, shown: { value: "off", origin: from } };
  }
}

function mergeRequests(
  loading: Loading,
  store: ConfiguredStore,
  { draft: { tls: url }, origin }: ResolvedConnection,
  setting: TlsRequest,
): TlsRequest {
  const isUrlOfFile = isInConfiguration(loading.settings, origin);
  // https:// says that it is encrypted, not how far the certificate is to be trusted.
  const isOpen = store === "clickhouse" && url.mode === "verify-full" && setting.mode !== "disable";
  return {
    mode: isUrlOfFile || isOpen ? (setting.mode ?? url.mode) : (url.mode ?? setting.mode),
    ca: url.ca ?? setting.ca,
    cert: url.cert ?? setting.cert,
    key: url.key ?? setting.key,
  };
}

/** To bind a channel there must be one: what may be without TLS then may not. */
function bindable(request: TlsRequest, parameters: ConnectionDraft["parameters"]): TlsRequest {
  const { mode, ca, cert } = request;
  const isLax = mode === null ? ca === null && cert === null : mode === "allow" || mode === "prefer";
  return parameters.channel_binding === "require" && isLax ? { ...request, mode: "require" } : request;
}

function tlsRequest(setting: RawStore["tls"]): TlsRequest {
  if (setting === undefined) return NO_TLS_REQUEST;
  if (typeof setting === "boolean") return { ...NO_TLS_REQUEST, mode: setting ? "verify-full" : "disable" };
  if (typeof setting === "string") return { ...NO_TLS_REQUEST, mode: setting };
  const { mode = null, ca = null, cert = null, key = null } = setting;
  return { mode, ca, cert, key };
}
