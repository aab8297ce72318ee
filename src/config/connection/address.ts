import { BlockList, isIP } from "node:net";
import type { ConnectionDraft } from "./draft.ts";

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8, "ipv4");
LOOPBACK.addAddress("::1", "ipv6");

/** Whether `host` is this machine: 127.0.0.0/8, ::1, localhost or a Unix socket. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, "");
  if (name.startsWith("/") || name === "localhost" || name.endsWith(".localhost")) return true;
  // Node's expression for IPv6 takes milliseconds to compile.
  const family = /^[\d.]+$/.test(name) || name.includes(":") ? isIP(name) : 0;
  return family !== 0 && LOOPBACK.check(name, family === 4 ? "ipv4" : "ipv6");
}

/** The draft as a URL without its password: `postgres://user:***@host:5432/app?sslmode=require`. */
export function redactedUrl(scheme: string, draft: ConnectionDraft): string {
  const userinfo =
    draft.user === null && draft.password === null
      ? ""
      : `${encodeURIComponent(draft.user ?? "")}${draft.password === null ? "" : ":***"}@`;
  const host = draft.host ?? "";
  const address = host.startsWith("/") ? "" : `${host.includes(":") ? `[${host}]` : host}`;
  const port = draft.port === null || address === "" ? "" : `:${draft.port}`;
  const path = draft.database === null ? "" : `/${encodeURIComponent(draft.database)}`;
  const parameters = new Map(Object.entries(draft.parameters));
  if (host.startsWith("/")) parameters.set("host", host);
  if (draft.schema !== null) parameters.set("schema", draft.schema);
  if (draft.tls.mode !== null && scheme === "postgres") parameters.set("sslmode", draft.tls.mode);
  const query = [...parameters]
    .map(
      ([name, value]) =>
        `${encodeURIComponent(name)}=${isSecretName(name) ? "***" : encodeURIComponent(value)}`,
    )
    .join("&");
  return `${scheme}://${userinfo}${address}${port}${path}${query === "" ? "" : `?${query}`}`;
}

/** Whether a parameter of this name holds a secret. */
function isSecretName(name: string): boolean {
  return /pass(word|wd|phrase)?|secret|token|api_?key|credential/i.test(name);
}
