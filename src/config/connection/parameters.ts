import { didYouMean } from "../faults.ts";
import { invalid } from "./url.ts";

/** What a store makes of the parameters of its URL. */
export interface KnownParameters {
  /** Read by the configuration or by the adapter. */
  readonly used: readonly string[];
  /** Of other tools; leaving them out changes nothing that dbctl relies on. */
  readonly harmless: readonly string[];
  /** Handed to the engine as they are. */
  readonly prefixes: readonly string[];
}

export const POSTGRES_PARAMETERS: KnownParameters = {
  used: [
    ...["host", "port", "user", "password", "dbname", "sslmode", "ssl", "sslrootcert", "sslcert", "sslkey"],
    ...["channel_binding", "connect_timeout", "application_name", "options", "sslnegotiation", "schema"],
  ],
  harmless: [
    ...["client_encoding", "fallback_application_name", "gssencmode", "keepalives", "keepalives_idle"],
    ...["keepalives_interval", "keepalives_count", "tcp_user_timeout", "sslcompression", "sslsni"],
    ...["connection_limit", "pool_timeout", "pgbouncer", "uselibpqcompat"],
    ...["statement_cache_size", "prepared_statement_cache_size"],
  ],
  prefixes: [],
};

export const CLICKHOUSE_PARAMETERS: KnownParameters = {
  used: ["user", "username", "password", "database", "secure", "ssl"],
  harmless: ["compress", "compression", "session_id"],
  prefixes: ["ch_", "clickhouse_setting_"],
};

/**
 * What to say of parameters that nobody reads. @throws CONFIG_INVALID for one that is nearly a known one: a `sslmod`
 * would leave the connection open
 */
export function checkParameters(names: Iterable<string>, known: KnownParameters): string[] {
  const unread = [...names].filter(
    (name) =>
      !known.used.includes(name) &&
      !known.harmless.includes(name) &&
      !known.prefixes.some((prefix) => name.startsWith(prefix)),
  );
  return unread.map((name) => {
    const meant = didYouMean(name, known.used);
    if (meant !== undefined) throw invalid(`the URL's parameter ${name} is unknown`, meant);
    return `the URL's parameter ${name} is not understood and has no effect`;
  });
}
