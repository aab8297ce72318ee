/** Ways to stand between a store and its server. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, Socket } from "node:net";
import pg from "pg";
import { engineUrl } from "../../support/engines.ts";

/** Passes bytes on until it is told otherwise. */
export class TcpProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isHanging = false;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** To the shared engine, unless a port is given. */
  static async start(target?: { readonly host: string; readonly port: number }): Promise<TcpProxy> {
    const url = new URL(engineUrl("postgres") ?? "");
    const { host, port } = target ?? { host: url.hostname, port: Number(url.port) };
    const server = createServer((client) => proxy.#join(client, connect({ host, port })));
    const proxy = new TcpProxy(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get connections(): number {
    return this.#sockets.size / 2;
  }

  /** Ends all connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Takes connections and says nothing, on old ones neither. */
  hang(): void {
    this.#isHanging = true;
    for (const socket of this.#sockets) socket.unpipe().pause();
  }

  close(): void {
    this.cut();
    this.#server.close();
  }

  #join(client: Socket, server: Socket): void {
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
      if (!this.#isHanging) socket.pipe(other);
    }
  }
}

const READY = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);

/** A pooler that lends one server connection to whoever has a transaction to run. */
export class TransactionPooler {
  readonly #server: Server;
  readonly #backend: Socket;
  #turn: Promise<void> = Promise.resolve();

  private constructor(server: Server, backend: Socket) {
    this.#server = server;
    this.#backend = backend;
  }

  static async start(database: string): Promise<TransactionPooler> {
    const backend = await loggedIn(database);
    const server = createServer((client) => pooler.#serve(client));
    const pooler = new TransactionPooler(server, backend);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return pooler;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** What the shared connection answers, as text. */
  async query(sql: string): Promise<string> {
    const answer: Buffer[] = [];
    const done = untilIdle(this.#backend, (chunk) => answer.push(chunk));
    const body = Buffer.from(`Q\0\0\0\0${sql}\0`);
    body.writeInt32BE(body.length - 1, 1);
    this.#backend.write(body);
    await done;
    return Buffer.concat(answer).toString("latin1");
  }

  close(): void {
    this.#backend.destroy();
    this.#server.close();
  }

  #serve(client: Socket): void {
    client.on("error", () => {});
    client.once("data", () => {
      const key = Buffer.from([0x4b, 0, 0, 0, 12, 0, 0, 0, 1, 0, 0, 0, 1]);
      client.write(Buffer.concat([Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0]), key, READY]));
      let isInside = false;
      let ready = Promise.resolve();
      client.on("data", (chunk) => {
        if (chunk[0] === 0x58) return;
        if (!isInside) {
          isInside = true;
          ready = this.#takeTurn(client, () => {
            isInside = false;
          });
        }
        void ready.then(() => this.#backend.write(chunk));
      });
    });
  }

  /** Resolves when the server connection is the client's, which it is until its transaction has ended. */
  async #takeTurn(client: Socket, onEnd: () => void): Promise<void> {
    const before = this.#turn;
    const turn = Promise.withResolvers<void>();
    this.#turn = turn.promise;
    await before;
    void untilIdle(this.#backend, (answer) => client.write(answer)).then(() => {
      onEnd();
      turn.resolve();
    });
  }
}

/** A connection that the driver has authenticated and then let go of. */
async function loggedIn(database: string): Promise<Socket> {
  const url = new URL(engineUrl("postgres") ?? "");
  url.pathname = `/${database}`;
  const stream = new Socket();
  const client = new pg.Client({ connectionString: url.href, stream: () => stream });
  await client.connect();
  stream.removeAllListeners();
  stream.on("error", () => {});
  return stream;
}

/** Passes on what comes until the server says that it is ready and in no transaction. */
function untilIdle(backend: Socket, pass: (chunk: Buffer) => void): Promise<void> {
  return new Promise((resolve) => {
    const onData = (chunk: Buffer) => {
      pass(chunk);
      if (!chunk.subarray(-6).equals(READY)) return;
      backend.off("data", onData);
      resolve();
    };
    backend.on("data", onData);
  });
}

/** A server that takes connections and never says a word. */
export async function blackHole(): Promise<{ readonly port: number; close(): void }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => sockets.add(socket.on("error", () => {})));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
