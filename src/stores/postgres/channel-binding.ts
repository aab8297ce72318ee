import type pg from "pg";
import { DbctlError } from "../../errors.ts";

const BOUND_MECHANISM = "SCRAM-SHA-256-PLUS";

/**
 * libpq's channel_binding=require: whoever does not prove to know the password at the very end of the TLS channel
 * learns nothing and is not talked to. pg itself only prefers to bind, and answers any other question for the password.
 */
export function requireChannelBinding(client: pg.Client): void {
  const { connection } = client;
  let isBound = false;
  const refuse = () => {
    const message = "postgres authenticates without channel binding, which channel_binding=require forbids";
    const hint =
      "make sure that nobody stands between, and that the server uses scram-sha-256; or use channel_binding=prefer";
    connection.emit("error", new DbctlError("AUTH_FAILED", message, { store: "postgres", hint }));
    connection.stream.destroy();
  };
  connection.prependListener("authenticationCleartextPassword", refuse);
  connection.prependListener("authenticationMD5Password", refuse);
  connection.prependListener("authenticationSASL", (message: { readonly mechanisms: readonly string[] }) => {
    if (!message.mechanisms.includes(BOUND_MECHANISM)) refuse();
  });
  connection.prependListener("authenticationSASLFinal", () => {
    isBound = true;
  });
  connection.prependListener("authenticationOk", () => {
    if (!isBound) refuse();
  });
}
