import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A TCP port on loopback that leads somewhere, for as long as it is let. */
export interface TcpProxy {
  readonly port: number;
  /** Ends every connection at once; new ones are let through. */
  cut(): void;
  /** Takes connections and bytes and passes nothing on any more, in either direction. */
  hang(): void;
  close(): Promise<void>;
}

/** @param target null: it takes connections and never says anything */
export async function startProxy(
  target: { readonly host: string; readonly port: number } | null,
): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let hangs = target === null;
  const track = (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
  };
  const server = createServer((client) => {
    track(client);
    if (hangs || target === null) {
      client.resume();
      return;
    }
    const upstream = connect(target);
    track(upstream);
    client.on("data", (chunk) => hangs || upstream.write(chunk));
    upstream.on("data", (chunk) => hangs || client.write(chunk));
    client.on("close", () => upstream.destroy());
    upstream.on("close", () => hangs || client.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    hang: () => {
      hangs = true;
    },
    async close() {
      cut();
      server.close();
      await once(server, "close");
    },
  };
}

/** A port on loopback where nothing listens. */
export async function closedPort(): Promise<number> {
  const proxy = await startProxy(null);
  await proxy.close();
  return proxy.port;
}
