import { DbctlError } from "../../errors.ts";

/** A connection URL taken apart and decoded. */
export interface UrlParts {
  /** In lower case, without `://`. */
  readonly scheme: string;
  readonly user: string | null;
  readonly password: string | null;
  /** Without brackets; a path for a Unix socket; null when the URL names none. */
  readonly host: string | null;
  readonly port: number | null;
  /** The path without its slash; null when it is empty. */
  readonly database: string | null;
  readonly parameters: ReadonlyMap<string, string>;
}

const SCHEME = /^([a-z][a-z0-9+.-]*):\/\//i;

/**
 * Splits `scheme://user:password@host:port/database?parameters`. Unlike WHATWG's parser it takes the last `@` of the
 * authority for the end of the password, and refuses what it would have to guess.
 * @throws CONFIG_INVALID that says what to encode and how; it never quotes what could be part of a password
 */
export function splitUrl(given: string): UrlParts {
  const text = given.trim();
  if (/^(["']).*\1$/.test(text)) throw invalid("the URL is wrapped in quotes", "remove the quotes");
  const scheme = SCHEME.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) throw invalid("this is no URL", "it begins with postgres:// or http://");
  const rest = text.slice(scheme.length + 3);
  refuseAmbiguous(rest);

  const end = rest.search(/[/?]/);
  const authority = end < 0 ? rest : rest.slice(0, end);
  const tail = end < 0 ? "" : rest.slice(end);
  const [path, query] = splitOnce(tail, "?");
  const at = authority.lastIndexOf("@");
  const [user, password] = at < 0 ? [null, null] : splitOnce(authority.slice(0, at), ":");
  return {
    scheme,
    user: decode(user, "the user name") || null,
    password: decode(password, "the password") || null,
    ...splitHost(authority.slice(at + 1), at >= 0),
    database: decode(path.replace(/^\//, ""), "the path") || null,
    parameters: parseQuery(query ?? ""),
  };
}

function refuseAmbiguous(rest: string): void {
  if (rest.includes("#")) throw unencoded("#", "%23");
  const [beforeQuery, query] = splitOnce(rest, "?");
  const slash = beforeQuery.indexOf("/");
  if (slash >= 0 && beforeQuery.indexOf("@", slash) >= 0) throw unencoded("/", "%2F");
  const [beforeAt, afterAt] = splitOnce(query ?? "", "@");
  if (afterAt !== null && !beforeAt.includes("=")) throw unencoded("?", "%3F");
}

function splitHost(text: string, hasUser: boolean): { host: string | null; port: number | null } {
  if (text.includes(",")) throw invalid("the URL names several hosts", "name one host");
  const match = /^(\[[^\]]*\]|[^:[]*)(?::([^:]*))?$/.exec(text);
  if (match === null) {
    throw invalid("the host is not understood", "an IPv6 address stands in brackets: [::1]:5432");
  }
  const [, name = "", port] = match;
  return { host: parseHost(name), port: parsePort(port, hasUser) };
}

function parseHost(name: string): string | null {
  if (name === "") return null;
  if (name.startsWith("[")) {
    const address = decode(name.slice(1, -1), "the host") ?? "";
    if (/^[0-9a-f:.]+(%[\w.-]+)?$/i.test(address)) return address;
    throw invalid("the address in brackets is no IPv6 address", "for example [::1]");
  }
  const host = decode(name, "the host") ?? "";
  if (host.startsWith("/") || isHostName(host)) return host;
  throw invalid("the host name holds characters that no host name has", "percent-encode user and password");
}

function parsePort(text: string | undefined, hasUser: boolean): number | null {
  if (text === undefined || text === "") return null;
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw invalid(
    "the port is not a number from 1 to 65535",
    hasUser ? undefined : "if that is a password: write / as %2F, ? as %3F, @ as %40",
  );
}

function isHostName(text: string): boolean {
  return /^[A-Za-z0-9._-]+$/.test(text) || /^[\p{L}\p{N}._-]+$/u.test(text);
}

/** A plus sign stands for itself, as libpq reads it. */
function parseQuery(query: string): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const part of query.split("&")) {
    if (part === "") continue;
    const [name, value] = splitOnce(part, "=");
    const key = decode(name, "a parameter") ?? "";
    parameters.set(key, decode(value, `the parameter ${key}`) ?? "");
  }
  return parameters;
}

function decode(text: string | null, what: string): string | null {
  if (text === null) return null;
  if (/%(?![0-9a-f]{2})/i.test(text)) throw invalid(`a "%" in ${what} is not encoded`, "write it as %25");
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid(`${what} is not UTF-8 when decoded`, "percent-encode its UTF-8 bytes");
  }
}

function splitOnce(text: string, separator: string): [string, string | null] {
  const index = text.indexOf(separator);
  return index < 0 ? [text, null] : [text.slice(0, index), text.slice(index + separator.length)];
}

function unencoded(character: string, code: string): DbctlError {
  return invalid(`the URL holds a "${character}" that is not encoded`, `in a password, write it as ${code}`);
}

export function invalid(message: string, hint?: string): DbctlError {
  return new DbctlError("CONFIG_INVALID", message, { hint });
}
