import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { TlsOptions } from "../../stores/store.ts";
import type { TlsMode, TlsRequest } from "./draft.ts";
import { invalid } from "./url.ts";

/**
 * What libpq's modes mean: `allow` and `prefer` encrypt if the server can; `require` encrypts and, like libpq, checks
 * the certificate only when an authority was named. Without a mode: `defaultMode`, or full checks where files are named.
 * @throws CONFIG_INVALID for a file that cannot be read
 */
export async function resolveTls(
  request: TlsRequest,
  defaultMode: TlsMode,
  root: string,
): Promise<TlsOptions | null> {
  const asksForFiles = request.ca !== null || request.cert !== null;
  const mode = request.mode ?? (asksForFiles ? "verify-full" : defaultMode);
  if (mode === "disable") return null;
  if (request.cert !== null && request.key === null) {
    throw invalid("a client certificate needs its key", "name it as sslkey, or as tls.key");
  }
  const [ca, cert, key] = await Promise.all([
    request.ca === "system" ? undefined : readPem(request.ca, root, "the certificate authority"),
    readPem(request.cert, root, "the client certificate"),
    readPem(request.key, root, "the client key"),
  ]);
  const verify =
    mode === "verify-ca" || mode === "verify-full" || (mode === "require" && request.ca !== null);
  return {
    verify,
    optional: mode === "allow" || mode === "prefer",
    ...(verify && mode !== "verify-full" && request.ca !== "system" ? { verifyHost: false } : {}),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

async function readPem(file: string | null, root: string, what: string): Promise<string | undefined> {
  if (file === null) return undefined;
  const path = resolve(root, file);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    throw invalid(`${what} ${path} cannot be read: ${code}`);
  }
  if (!text.includes("-----BEGIN ")) throw invalid(`${what} ${path} is no PEM file`);
  return text;
}
