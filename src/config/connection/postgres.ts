import { didYouMean } from "../faults.ts";
import { type ConnectionDraft, TLS_MODES, type TlsMode, type TlsRequest } from "./draft.ts";
import { checkParameters, POSTGRES_PARAMETERS } from "./parameters.ts";
import { invalid, splitUrl } from "./url.ts";

const SCHEME = /^postgres(ql)?(\+[a-z0-9_]+)?$/;
const CHANNEL_BINDINGS = ["disable", "prefer", "require"];
/** Node's and asyncpg's ways to ask for encryption, in libpq's words. */
const SSL_VALUES: Readonly<Record<string, TlsMode>> = {
  true: "verify-full",
  "1": "verify-full",
  on: "verify-full",
  false: "disable",
  "0": "disable",
  off: "disable",
};

/**
 * Reads a PostgreSQL URL as libpq does (https://www.postgresql.org/docs/current/libpq-connect.html, 34.1.1.2), also with
 * SQLAlchemy's driver behind the scheme and with the parameters of Neon. @throws CONFIG_INVALID
 */
export function parsePostgresUrl(text: string): ConnectionDraft {
  if (/^\s*jdbc:/i.test(text)) throw invalid("this is a JDBC URL", 'leave out "jdbc:"');
  const url = splitUrl(text);
  if (!SCHEME.test(url.scheme)) {
    throw invalid(`${url.scheme}:// is no PostgreSQL URL`, "it begins with postgres:// or postgresql://");
  }
  const parameters = new Map(url.parameters);
  const take = (name: string): string | null => {
    const value = parameters.get(name) ?? null;
    parameters.delete(name);
    return value === "" ? null : value;
  };
  const draft: ConnectionDraft = {
    host: take("host") ?? url.host,
    port: portOf(take("port")) ?? url.port,
    user: take("user") ?? url.user,
    password: take("password") ?? url.password,
    database: take("dbname") ?? url.database,
    schema: schemaOf(take("schema")),
    tls: tlsOf(take),
    connectTimeoutMs: secondsOf(take("connect_timeout")),
    applicationName: take("application_name"),
    parameters: Object.fromEntries(parameters),
    warnings: checkParameters(url.parameters.keys(), POSTGRES_PARAMETERS),
  };
  checkChannelBinding(parameters.get("channel_binding"), draft.tls.mode);
  return draft;
}

function tlsOf(take: (name: string) => string | null): TlsRequest {
  const sslmode = take("sslmode");
  const ssl = take("ssl");
  return {
    mode: sslmode !== null ? tlsModeOf(sslmode, "sslmode") : ssl === null ? null : sslValueOf(ssl),
    ca: take("sslrootcert"),
    cert: take("sslcert"),
    key: take("sslkey"),
  };
}

function sslValueOf(value: string): TlsMode {
  return Object.hasOwn(SSL_VALUES, value) ? (SSL_VALUES[value] ?? "disable") : tlsModeOf(value, "ssl");
}

/** @throws CONFIG_INVALID for a mode that libpq does not know */
export function tlsModeOf(value: string, name: string): TlsMode {
  const mode = TLS_MODES.find((known) => known === value);
  if (mode !== undefined) return mode;
  throw invalid(`${name}=${value} is not one of ${TLS_MODES.join(", ")}`, didYouMean(value, TLS_MODES));
}

/** @throws CONFIG_INVALID for a value that libpq does not know, and where there is no channel to bind to */
export function checkChannelBinding(value: string | undefined, mode: TlsMode | null): void {
  if (value === undefined) return;
  if (!CHANNEL_BINDINGS.includes(value)) {
    throw invalid(
      `channel_binding=${value} is not one of ${CHANNEL_BINDINGS.join(", ")}`,
      didYouMean(value, CHANNEL_BINDINGS),
    );
  }
  if (value === "require" && mode === "disable") {
    throw invalid("channel_binding=require needs TLS, and sslmode=disable forbids it", "use sslmode=require");
  }
}

/** As in Prisma's URLs; `public` is where everything lies anyway. */
function schemaOf(name: string | null): string | null {
  return name === "public" ? null : name;
}

function portOf(text: string | null): number | null {
  if (text === null) return null;
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw invalid("the parameter port is not a number from 1 to 65535");
}

/** 0 is libpq's "for ever": dbctl's default then. */
function secondsOf(text: string | null): number | null {
  if (text === null) return null;
  if (!/^\d{1,6}$/.test(text)) {
    throw invalid("connect_timeout is not a whole number of seconds", "for example connect_timeout=10");
  }
  return text === "0" ? null : Number(text) * 1000;
}
