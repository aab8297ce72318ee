import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/** Below the range that Linux and macOS give to outgoing connections, so that a kept port is rarely taken meanwhile. */
const FIRST_PORT = 20_000;
const PORTS = 12_000;

/** Whether an engine could listen on the loopback port now. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** A free loopback port, none of `avoid`. Random, so that two stacks started at once rarely choose the same. */
export async function choosePort(avoid: ReadonlySet<number>): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + randomInt(PORTS);
    if (!avoid.has(port) && (await isPortFree(port))) return port;
  }
}
