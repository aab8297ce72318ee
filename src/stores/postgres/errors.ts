import { DbctlError, type DbctlErrorDetails, type ErrorCode } from "../../errors.ts";
import type { Connection } from "../store.ts";

/** What the server says of an error: https://www.postgresql.org/docs/current/protocol-error-fields.html */
interface ServerError {
  readonly message: string;
  readonly code: string;
  readonly detail?: string;
  readonly hint?: string;
  /** 1-based, in characters of the query. */
  readonly position?: string;
  readonly constraint?: string;
  readonly table?: string;
  readonly column?: string;
  /** What the server was doing: `COPY t, line 3, column n`. */
  readonly where?: string;
}

export interface FaultContext {
  /** What the operation was told to stop by. */
  readonly signal?: AbortSignal | undefined;
  readonly closed?: boolean;
}

/** SQL begins an error message with this where it has one of its own to give. */
export const RAISED = "dbctl: ";

const SHORTEST_SECRET = 4;

/** Turns whatever the driver, the socket or the server throws into the errors of src/errors.ts. */
export class Faults {
  readonly #address: string;
  readonly #secrets: readonly string[];

  constructor(address: string, connection: Connection) {
    this.#address = address;
    const { password } = connection;
    this.#secrets =
      password === null || password.length < SHORTEST_SECRET
        ? []
        : [...new Set([password, encodeURIComponent(password.toWellFormed())])];
  }

  /** Never holds the password, whatever the server repeats of it. */
  wrap(error: unknown, context: FaultContext = {}): DbctlError {
    if (context.closed === true) return this.closed();
    if (context.signal?.aborted === true) return this.cancelled();
    if (error instanceof DbctlError) return error;
    if (isServerError(error)) return this.#server(error);
    return this.#client(error);
  }

  closed(): DbctlError {
    return new DbctlError("STORE_CLOSED", "postgres was used after it was closed", { store: "postgres" });
  }

  cancelled(): DbctlError {
    return new DbctlError("CANCELLED", "interrupted while postgres was at work", { store: "postgres" });
  }

  /** The server takes no new connection while an old one waits for its answer. */
  silent(): DbctlError {
    return this.fault("STORE_TIMEOUT", `postgres at ${this.#address} has stopped answering`);
  }

  fault(code: ErrorCode, message: string, details: DbctlErrorDetails = {}): DbctlError {
    return new DbctlError(code, this.#clean(message), { store: "postgres", ...details });
  }

  #server(error: ServerError): DbctlError {
    const data = {
      sqlstate: error.code,
      ...picked(error, ["position", "constraint", "table", "column"]),
      ...(error.detail !== undefined && { detail: this.#clean(error.detail) }),
      ...copyLine(error.where),
    };
    const raised = error.message.indexOf(RAISED);
    if (raised >= 0) {
      const text = error.message.slice(raised + RAISED.length).replace(/"$/, "");
      return this.fault("VALUE_UNREPRESENTABLE", text, { data });
    }
    const [code, hint] = classify(error);
    const message = error.detail === undefined ? error.message : `${error.message} (${error.detail})`;
    const shown = UNREACHABLE.has(code) ? `postgres at ${this.#address}: ${message}` : message;
    const words = error.hint === undefined ? hint : this.#clean(error.hint);
    return this.fault(code, shown, { data, hint: words });
  }

  #client(error: unknown): DbctlError {
    const { message, code } = describe(error);
    const where = `postgres at ${this.#address}`;
    if (/^timeout|timeout e|ETIMEDOUT/.test(message) || code === "ETIMEDOUT")
      return this.fault("STORE_TIMEOUT", `${where} did not answer in time`);
    if (message.startsWith("SASL") || message.includes("channel binding"))
      return this.fault("AUTH_FAILED", `${where} did not let us in: ${message}`);
    if (message === "The server does not support SSL connections")
      return this.fault("STORE_UNREACHABLE", `${where} does not encrypt connections`, {
        hint: "ask for no encryption with sslmode=disable, or enable it in the server",
      });
    if (code !== undefined || /terminated|connection|socket/i.test(message))
      return this.fault("STORE_UNREACHABLE", `${where}: ${SYSTEM_ERRORS[code ?? ""] ?? message}`, {
        ...(code !== undefined && { data: { errno: code } }),
      });
    return this.fault("INTERNAL", message);
  }

  #clean(text: string): string {
    let clean = text;
    for (const secret of this.#secrets) clean = clean.replaceAll(secret, "***");
    return clean;
  }
}

/** Of the server's own errors; else empty. */
export function sqlstateOf(error: unknown): string {
  return error instanceof DbctlError ? String(error.data?.sqlstate ?? "") : "";
}

const UNREACHABLE: ReadonlySet<ErrorCode> = new Set(["STORE_UNREACHABLE", "STORE_TIMEOUT", "AUTH_FAILED"]);

const SYSTEM_ERRORS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ENOTFOUND: "there is no such host",
  EAI_AGAIN: "the name of the host could not be looked up",
  EHOSTUNREACH: "there is no route to the host",
  ENETUNREACH: "there is no route to the network",
  ECONNRESET: "the connection was reset",
  EPIPE: "the connection was closed",
  ENOENT: "there is no such socket",
};

/** Code and hint by SQLSTATE; the first that the state begins with. */
const BY_SQLSTATE: readonly (readonly [prefix: string, code: ErrorCode, hint?: string])[] = [
  [
    "53300",
    "STORE_UNREACHABLE",
    "raise max_connections, or use a pooler: other clients hold all connections",
  ],
  ["08", "STORE_UNREACHABLE"],
  ["57P0", "STORE_UNREACHABLE"],
  ["28", "AUTH_FAILED"],
  ["42501", "PERMISSION_DENIED"],
  ["3D000", "NOT_INITIALISED"],
  ["3F000", "NOT_INITIALISED"],
  ["42P01", "COLLECTION_MISSING"],
  ["57014", "STORE_TIMEOUT", "raise the statement timeout of the store"],
  ["55P03", "STATEMENT_FAILED", "another session holds a lock on it: run the command again later"],
];

/** The row of a COPY, counted from 1, that the server was reading. */
function copyLine(where: string | undefined): { readonly copyLine?: number } {
  const [, line] = /^COPY .*, line (\d+)/m.exec(where ?? "") ?? [];
  return line === undefined ? {} : { copyLine: Number(line) };
}

function classify(error: ServerError): readonly [ErrorCode, string | undefined] {
  if (error.message.includes("row-level security"))
    return ["PERMISSION_DENIED", "grant the role BYPASSRLS, or connect as the owner of the table"];
  const found = BY_SQLSTATE.find(([prefix]) => error.code.startsWith(prefix));
  return found === undefined ? ["STATEMENT_FAILED", undefined] : [found[1], found[2]];
}

function isServerError(error: unknown): error is ServerError {
  return (
    error instanceof Error &&
    "severity" in error &&
    "code" in error &&
    /^[0-9A-Z]{5}$/.test(String(error.code))
  );
}

/** The first cause where several addresses of a host were tried. */
function describe(error: unknown): { readonly message: string; readonly code?: string } {
  if (error instanceof AggregateError && error.errors.length > 0) return describe(error.errors[0]);
  if (!(error instanceof Error)) return { message: String(error) };
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  return { message: error.message, ...(code !== undefined && { code }) };
}

function picked<K extends keyof ServerError>(error: ServerError, names: readonly K[]): Partial<ServerError> {
  return Object.fromEntries(
    names.flatMap((name) => (error[name] === undefined ? [] : [[name, error[name]]])),
  );
}
