/** How a connection is to be encrypted, in libpq's words; ClickHouse uses `disable` and `verify-full`. */
export const TLS_MODES = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] as const;
export type TlsMode = (typeof TLS_MODES)[number];

/** Files are relative to the project; `system` as `ca` means the certificates of the system. */
export interface TlsRequest {
  readonly mode: TlsMode | null;
  readonly ca: string | null;
  readonly cert: string | null;
  readonly key: string | null;
}

/** What a URL or a group of variables says; null where it says nothing. Defaults come later. */
export interface ConnectionDraft {
  readonly host: string | null;
  readonly port: number | null;
  readonly user: string | null;
  readonly password: string | null;
  readonly database: string | null;
  /** PostgreSQL: the schema that everything lies in; null for a database of its own. */
  readonly schema: string | null;
  readonly tls: TlsRequest;
  readonly connectTimeoutMs: number | null;
  readonly applicationName: string | null;
  /** What is left for the adapter. */
  readonly parameters: Readonly<Record<string, string>>;
  /** What is odd about it. */
  readonly warnings: readonly string[];
}

export const NO_TLS_REQUEST: TlsRequest = { mode: null, ca: null, cert: null, key: null };

export const EMPTY_DRAFT: ConnectionDraft = {
  host: null,
  port: null,
  user: null,
  password: null,
  database: null,
  schema: null,
  tls: NO_TLS_REQUEST,
  connectTimeoutMs: null,
  applicationName: null,
  parameters: {},
  warnings: [],
};
