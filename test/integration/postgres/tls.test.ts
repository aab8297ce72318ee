import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { afterAll, describe, expect, it } from "vitest";
import type { TlsOptions } from "../../../src/stores/store.ts";
import { engineOptions, engineUrl, hasEngine } from "../../support/engines.ts";
import { failure, Kit, never } from "./kit.ts";

/** Of `localhost` only, signed by itself, valid for a century; it guards nothing but this test. */
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgAqVN2d8ne03Ljk32
Qo4ll/jJhdF1R7lf24D+pH93XMqhRANCAAQCNBTzCt4F65z5/aRdx72FU/IQfNTt
kLryXpTO5OQJI/fRpmmECSEvYaO/FiXc8QvqJJt2ezB80JVW1hs2Le/T
-----END PRIVATE KEY-----
`;
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBYjCCAQegAwIBAgIBATAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlsb2NhbGhv
c3QwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMBQxEjAQBgNVBAMM
CWxvY2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABAI0FPMK3gXrnPn9
pF3HvYVT8hB81O2QuvJelM7k5Akj99GmaYQJIS9ho78WJdzxC+okm3Z7MHzQlVbW
GzYt79OjSDBGMBQGA1UdEQQNMAuCCWxvY2FsaG9zdDAPBgNVHRMBAf8EBTADAQH/
MB0GA1UdDgQWBBQq9BhfsTsaF9VeK1BCRBJFDIk6dDAKBggqhkjOPQQDAgNJADBG
AiEArI1q+J3HjDr67fBjZCnOV5qMLXO9vYwsjJ2wI9VdDLQCIQDJRzdemioiRxAh
H+VqAtCq85RrxB+yHgUMchUbUMNV6g==
-----END CERTIFICATE-----
`;

/** Encrypts as a server does that is asked to, and passes on what it decrypts. */
function encrypting(socket: Socket): void {
  socket.on("error", () => {});
  socket.once("data", () => {
    socket.write("S");
    const secure = new TLSSocket(socket, { isServer: true, key: KEY, cert: CERTIFICATE });
    const url = new URL(engineUrl("postgres") ?? "");
    const server = connect({ host: url.hostname, port: Number(url.port) });
    for (const end of [secure, server]) end.on("error", () => socket.destroy());
    secure.pipe(server).pipe(secure);
  });
}

describe.skipIf(!hasEngine("postgres"))("encrypted connections", () => {
  const kit = new Kit("tls");
  const listener = createServer(encrypting);
  const listening = once(listener.listen(0, "localhost"), "listening");
  afterAll(() => {
    listener.close();
  });

  async function connectWith(host: string, tls: TlsOptions): Promise<void> {
    await Promise.all([kit.ready(), listening]);
    const { port } = listener.address() as AddressInfo;
    const { connection } = engineOptions("postgres", kit.namespace);
    const store = kit.open({ connection: { ...connection, host, port, tls } });
    await store.connect(never);
    await store.migrations.ensureHistory(never);
    expect(await store.health({ signal: never, deadlineMs: 2_000 })).toMatchObject({ state: "up" });
    await store.close();
  }
  const address = () => (listener.address() as AddressInfo).address;

  it("are checked against the authority and the host that were given", async () => {
    await connectWith("localhost", { verify: true, optional: false, ca: CERTIFICATE });
    await listening;
    await connectWith(address(), { verify: true, optional: false, verifyHost: false, ca: CERTIFICATE });
    await connectWith(address(), { verify: false, optional: false });
    await connectWith("localhost", { verify: true, optional: true, ca: CERTIFICATE });
  });

  it("are refused when the certificate is nobody's or another host's", async () => {
    await listening;
    const unsigned = await failure(connectWith("localhost", { verify: true, optional: false }));
    expect(unsigned).toMatchObject({ code: "STORE_UNREACHABLE", store: "postgres" });
    expect(unsigned.message).toContain("self-signed certificate");
    const other = await failure(connectWith(address(), { verify: true, optional: false, ca: CERTIFICATE }));
    expect(other).toMatchObject({ code: "STORE_UNREACHABLE" });
    expect(other.message).toContain("certificate");
  });
});
