import { readFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { run } from "../../../src/commands/test.ts";
import { contextFor, listen } from "./project.ts";

const certificate = (name: string) =>
  readFileSync(fileURLToPath(new URL(`./certificates/${name}`, import.meta.url)));
const PASSWORD = "Kaw9Vun3";
const AUTHENTICATION = { ok: 0, cleartext: 3, md5: 5 } as const;
/** AuthenticationOk, then ReadyForQuery. */
const READY = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);

/** Between us and the server: encrypts with a certificate of its own and asks for the password in its own way. */
async function manInTheMiddle(request: keyof typeof AUTHENTICATION) {
  const heard: Buffer[] = [];
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    socket.once("data", () => {
      socket.write("S");
      const secure = new TLSSocket(socket, {
        isServer: true,
        key: certificate("server.key"),
        cert: certificate("server.pem"),
      });
      secure.on("error", () => {});
      secure.once("data", () => {
        const salt = request === "md5" ? Buffer.from("salt") : Buffer.alloc(0);
        const head = Buffer.from([0x52, 0, 0, 0, 8 + salt.length, 0, 0, 0, AUTHENTICATION[request]]);
        secure.write(Buffer.concat([head, salt, request === "ok" ? READY : Buffer.alloc(0)]));
        secure.on("data", (chunk: Buffer) => heard.push(chunk));
      });
    });
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const port = await listen(server);
  return { port, heard: () => Buffer.concat(heard) };
}

test.each(["cleartext", "md5", "ok"] as const)(
  "channel_binding=require tells nothing to a server that authenticates otherwise: %s",
  async (request) => {
    const middle = await manInTheMiddle(request);
    const url = `postgres://app:${PASSWORD}@127.0.0.1:${middle.port}/shop?sslmode=require&channel_binding=require`;
    const configuration = { stores: { postgres: { url, connectTimeout: "2s" } } };
    const { exitStatus, data } = await run(await contextFor({ configuration }), {});
    expect(middle.heard().toString("latin1")).toBe("");
    expect(exitStatus).toBe(8);
    expect(data.stores[0]?.error).toMatchObject({
      code: "AUTH_FAILED",
      message: expect.stringContaining("channel binding"),
    });
  },
);
