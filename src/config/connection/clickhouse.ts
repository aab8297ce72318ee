import { type ConnectionDraft, NO_TLS_REQUEST, type TlsMode } from "./draft.ts";
import { CLICKHOUSE_PARAMETERS, checkParameters } from "./parameters.ts";
import { invalid, splitUrl } from "./url.ts";

export const HTTP_PORT = 8123;
export const HTTPS_PORT = 8443;
const NATIVE_PORT = 9000;
const NATIVE_TLS_PORT = 9440;
const TRUE_VALUES = ["1", "true", "yes", "on"];

/**
 * Reads a ClickHouse URL: `http://`, `https://`, or `clickhouse://` (HTTP; HTTPS with `secure=true`).
 * @throws CONFIG_INVALID
 */
export function parseClickhouseUrl(text: string): ConnectionDraft {
  if (/^\s*jdbc:/i.test(text)) throw invalid("this is a JDBC URL", "write it as http://host:8123/database");
  const url = splitUrl(text);
  if (!["http", "https", "clickhouse"].includes(url.scheme)) {
    throw invalid(
      `${url.scheme}:// is no ClickHouse URL`,
      "dbctl speaks ClickHouse's HTTP interface: http://host:8123, https://host:8443",
    );
  }
  const parameters = new Map(url.parameters);
  const take = (name: string): string | null => {
    const value = parameters.get(name) ?? null;
    parameters.delete(name);
    return value === "" ? null : value;
  };
  const secure = [take("secure"), take("ssl")].some((value) => value !== null && TRUE_VALUES.includes(value));
  const user = take("user") ?? take("username") ?? url.user;
  const password = take("password") ?? url.password;
  const database = take("database") ?? url.database;
  const isTls = url.scheme === "https" || secure;
  const native =
    url.scheme === "clickhouse" ? mapNativePort(url.port, isTls) : keptNativePort(url.port, isTls);
  return {
    host: url.host,
    port: native.port,
    user,
    password,
    database,
    schema: null,
    tls: { ...NO_TLS_REQUEST, mode: native.mode },
    connectTimeoutMs: null,
    applicationName: null,
    parameters: Object.fromEntries(parameters),
    warnings: [...checkParameters(url.parameters.keys(), CLICKHOUSE_PARAMETERS), ...native.warnings],
  };
}

interface PortAndMode {
  readonly port: number | null;
  readonly mode: TlsMode;
  readonly warnings: readonly string[];
}

/**
 * Where the interface was not said to be HTTP (`clickhouse://`, CLICKHOUSE_PORT), the ports of the native protocol stand
 * for those of HTTP on the same server.
 */
export function mapNativePort(port: number | null, isTls: boolean): PortAndMode {
  if (port === NATIVE_PORT || port === NATIVE_TLS_PORT) {
    const secure = isTls || port === NATIVE_TLS_PORT;
    const mapped = secure ? HTTPS_PORT : HTTP_PORT;
    const warning = `port ${port} is ClickHouse's native protocol; dbctl speaks HTTP and uses port ${mapped} instead`;
    return { port: mapped, mode: secure ? "verify-full" : "disable", warnings: [warning] };
  }
  return { port, mode: isTls || port === HTTPS_PORT ? "verify-full" : "disable", warnings: [] };
}

/** Whoever writes http://…:9000 may mean it. */
function keptNativePort(port: number | null, isTls: boolean): PortAndMode {
  const mode = isTls ? "verify-full" : "disable";
  if (port !== NATIVE_PORT && port !== NATIVE_TLS_PORT) return { port, mode, warnings: [] };
  const usual = isTls ? HTTPS_PORT : HTTP_PORT;
  const warning = `port ${port} is usually ClickHouse's native protocol, which does not answer HTTP; its HTTP port is usually ${usual}`;
  return { port, mode, warnings: [warning] };
}
