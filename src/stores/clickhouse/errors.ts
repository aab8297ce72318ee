import { DbctlError, type ErrorCode } from "../../errors.ts";

/** Why a request was stopped from this side. */
export type StopReason = "aborted" | "closed" | "timeout" | "silent";

export interface ErrorContext {
  readonly address: string;
  readonly user: string;
  readonly password: string | null;
  /** What the request was stopped for, if it was. */
  readonly stopped: StopReason | null;
  readonly timeoutMs: number;
}

/** An exception of the server: https://clickhouse.com/docs, `system.errors`. */
export interface ServerException {
  readonly code: number;
  readonly name: string;
  readonly message: string;
}

/** Prefix of what our own expressions throw by `throwIf` when a value does not fit its declared type. */
export const UNFIT_VALUE = "dbctl: ";
/** FUNCTION_THROW_IF_VALUE_IS_NON_ZERO. The prefix alone may also be a user's name. */
const THROW_IF = 395;

const BY_SERVER_CODE: Readonly<Record<number, ErrorCode>> = {
  60: "COLLECTION_MISSING",
  81: "NOT_INITIALISED",
  159: "STORE_TIMEOUT",
  192: "AUTH_FAILED",
  193: "AUTH_FAILED",
  194: "AUTH_FAILED",
  291: "PERMISSION_DENIED",
  497: "PERMISSION_DENIED",
  516: "AUTH_FAILED",
  746: "AUTH_FAILED",
};

const UNREACHABLE: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ECONNRESET: "the connection was cut",
  EPIPE: "the connection was cut",
  ENOTFOUND: "the host is not known",
  EAI_AGAIN: "the host's name could not be looked up",
  EHOSTUNREACH: "no route to the host",
  ENETUNREACH: "no route to the network",
  ETIMEDOUT: "the connection timed out",
  EPROTO: "it does not speak TLS there",
};

const EXCEPTION = /Code: (\d+)\.? *DB::Exception: ([\s\S]*)/;

/** The exception in what a server wrote, null when there is none. */
export function parseException(words: string): ServerException | null {
  const match = EXCEPTION.exec(words);
  if (match === null) return null;
  const [, code = "0", rest = ""] = match;
  const name = [...rest.matchAll(/\(([A-Z][A-Z0-9_]{3,})\)/g)].at(-1)?.[1] ?? "UNKNOWN";
  const message = rest
    .replace(/\s*\(version [^)]*\)[\s\S]*$/, "")
    .replace(/\s*\([A-Z][A-Z0-9_]{3,}\)\s*$/, "")
    .trim();
  return { code: Number(code), name, message };
}

/** What the server threw, when that is why `error` was raised. */
export function serverException(error: unknown): ServerException | null {
  const data = error instanceof DbctlError ? error.data : undefined;
  return data !== undefined && typeof data.code === "number" && typeof data.name === "string"
    ? { code: data.code, name: data.name, message: String(data.words ?? "") }
    : null;
}

/** Anything the driver throws, as ours: no secret in it, nor in its cause. */
export function wrapError(error: unknown, context: ErrorContext): DbctlError {
  if (error instanceof DbctlError) return error;
  if (context.stopped !== null) return stoppedError(context.stopped, context);
  const raw = error instanceof Error ? error : new Error(String(error));
  const exception = exceptionOf(raw);
  if (exception !== null) return exceptionError(exception, context);
  const code = "code" in raw && typeof raw.code === "string" ? raw.code : "";
  const why = UNREACHABLE[code] ?? (isTls(raw) ? `TLS failed: ${raw.message}` : odd(raw));
  return made("STORE_UNREACHABLE", `ClickHouse at ${context.address} cannot be reached: ${why}`, context, {
    ...(code !== "" && { code }),
  });
}

function stoppedError(reason: StopReason, context: ErrorContext): DbctlError {
  const { address } = context;
  if (reason === "aborted") return made("CANCELLED", "interrupted", context);
  if (reason === "closed") return made("STORE_CLOSED", "the ClickHouse store is closed", context);
  const wait =
    reason === "timeout" ? ` within ${context.timeoutMs} ms` : ", nor to a question whether it lives";
  return made("STORE_TIMEOUT", `ClickHouse at ${address} did not answer${wait}`, context);
}

function exceptionOf(error: Error): ServerException | null {
  const { code, type } = error as { code?: unknown; type?: unknown };
  const parsed = parseException(error.message);
  if (parsed !== null) return parsed;
  if (typeof code !== "string" || !/^\d+$/.test(code)) return null;
  const name = typeof type === "string" ? type : "UNKNOWN";
  return {
    code: Number(code),
    name,
    message: error.message.replace(/\s*\(version [^)]*\)[\s\S]*$/, "").trim(),
  };
}

function exceptionError(exception: ServerException, context: ErrorContext): DbctlError {
  const { code, name } = exception;
  const words = redact(exception.message, context);
  const data = { code, name, words };
  if (code === THROW_IF && words.startsWith(UNFIT_VALUE)) {
    const why = words.slice(UNFIT_VALUE.length).replace(/: (while executing|In scope)[\s\S]*$/, "");
    return made("VALUE_UNREPRESENTABLE", why, context, data);
  }
  const ours = BY_SERVER_CODE[code] ?? "STATEMENT_FAILED";
  const message =
    ours === "AUTH_FAILED"
      ? `ClickHouse at ${context.address} does not let user ${context.user} in`
      : `ClickHouse at ${context.address}: ${words} (${name})`;
  return made(ours, message, context, data);
}

function isTls(error: Error): boolean {
  const code = "code" in error ? String(error.code) : "";
  return /CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO_/.test(code);
}

/** Node says so when what answers is not HTTP; the client quotes what answers in HTTP, but is not ClickHouse. */
function odd(error: Error): string {
  const words = error.message.split("\n", 1)[0] ?? "";
  return `it does not answer as ClickHouse does (${words.slice(0, 200)})`;
}

function made(
  code: ErrorCode,
  message: string,
  context: ErrorContext,
  data?: Readonly<Record<string, unknown>>,
): DbctlError {
  return new DbctlError(code, redact(message, context), { store: "clickhouse", ...(data && { data }) });
}

const SHORTEST_SECRET = 4;

function redact(words: string, { password, user }: ErrorContext): string {
  if (password === null || password.length < SHORTEST_SECRET) return words;
  const encoded = encodeURIComponent(password.toWellFormed());
  const basic = Buffer.from(`${user}:${password}`).toString("base64");
  return [basic, password, encoded].reduce((clean, form) => clean.replaceAll(form, "***"), words);
}
