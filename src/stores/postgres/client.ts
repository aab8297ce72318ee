import { connect, Socket } from "node:net";
import pg, { type ClientConfig } from "pg";
import type { StoreOptions } from "../store.ts";
import { requireChannelBinding } from "./channel-binding.ts";

const KEEP_ALIVE_DELAY_MS = 10_000;
const CANCEL_REQUEST_CODE = 80_877_102;
const CANCEL_TIMEOUT_MS = 1_000;
const PROBE_TIMEOUT_MS = 10_000;

/** What pg keeps of the server's greeting and of its own settings, beyond its declared types. */
interface Undeclared {
  readonly processID: number | null;
  readonly secretKey: number | null;
  readonly connectionParameters: Record<string, unknown>;
}

function undeclared(client: pg.Client): Undeclared {
  return client as unknown as Undeclared;
}

/** The server process behind a connection as the greeting gave it; a pooler invents one. */
export function greetedPid(client: pg.Client): number | null {
  return undeclared(client).processID;
}

/** Sockets from before their connection stands until they are closed, so that all can be cut at any time. */
export class Sockets {
  readonly #open = new Set<Socket>();

  add<S extends Socket>(socket: S): S {
    this.#open.add(socket);
    socket.once("close", () => this.#open.delete(socket));
    return socket;
  }

  destroy(): void {
    for (const socket of this.#open) socket.destroy();
  }
}

/** What a client learns of the server and of the connection, shared by the clients of a store. */
export interface Link {
  readonly options: StoreOptions;
  readonly sockets: Sockets;
  /** Turned off when the server does not encrypt and need not. */
  encrypt: boolean;
  /** `150004`; 0 until the first greeting. */
  serverVersion: number;
}

/** A client that takes nothing from PG* variables of the environment: the configuration alone decides. */
export function createClient(link: Link, database: string, connectTimeoutMs: number): pg.Client {
  const { connection, applicationName } = link.options;
  const config: ClientConfig & { readonly sslnegotiation: string; readonly enableChannelBinding: boolean } = {
    host: connection.host,
    port: connection.port,
    user: connection.user,
    database,
    password: () => connection.password ?? "",
    ssl: sslOf(link),
    sslnegotiation: connection.parameters.sslnegotiation === "direct" ? "direct" : "postgres",
    enableChannelBinding: connection.parameters.channel_binding === "require",
    application_name: applicationName,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_DELAY_MS,
    stream: () => link.sockets.add(new Socket()),
  };
  const client = new pg.Client(config);
  Object.assign(undeclared(client).connectionParameters, {
    options: connection.parameters.options,
    replication: undefined,
  });
  if (connection.parameters.channel_binding === "require") requireChannelBinding(client);
  // An idle connection that breaks is noticed when it is used.
  client.on("error", () => {});
  client.connection.on(
    "parameterStatus",
    (message: { readonly parameterName: string; readonly parameterValue: string }) => {
      if (message.parameterName === "server_version") link.serverVersion = versionOf(message.parameterValue);
    },
  );
  return client;
}

function sslOf(link: Link): ClientConfig["ssl"] {
  const { tls } = link.options.connection;
  if (tls === null || !link.encrypt) return false;
  return {
    rejectUnauthorized: tls.verify,
    ...(tls.verifyHost === false && { checkServerIdentity: () => undefined }),
    ...(tls.verifyHost === false && { checkServerIdentity: () => undefined }),
    ...(tls.ca !== undefined && { ca: tls.ca }),
    ...(tls.cert !== undefined && { cert: tls.cert }),
    ...(tls.key !== undefined && { key: tls.key }),
  };
}

/** `15.18 (Debian …)` → 150018. */
function versionOf(text: string): number {
  const [major = "0", minor = "0"] = text.split(/[^0-9]/);
  return Number(major) * 10_000 + Number(minor);
}

/** Asks the server to cancel what `client` runs; says nothing when it can't. Source of the message: protocol-flow.html */
export function requestCancel(link: Link, client: pg.Client): void {
  const { processID, secretKey } = undeclared(client);
  if (processID === null || secretKey === null) return;
  const { host, port } = link.options.connection;
  const target = host.startsWith("/") ? { path: `${host}/.s.PGSQL.${port}` } : { host, port };
  const socket = link.sockets.add(connect(target));
  socket.setTimeout(CANCEL_TIMEOUT_MS, () => socket.destroy());
  socket.on("error", () => {});
  socket.unref();
  const request = Buffer.alloc(16);
  request.writeInt32BE(request.length, 0);
  request.writeInt32BE(CANCEL_REQUEST_CODE, 4);
  request.writeInt32BE(processID, 8);
  request.writeInt32BE(secretKey, 12);
  socket.end(request);
}

/** Whether the server takes a new connection, or at least refuses it in words. Ends within the connect timeout. */
export async function isAnswering(link: Link, database: string): Promise<boolean> {
  const client = createClient(link, database, link.options.connectTimeoutMs || PROBE_TIMEOUT_MS);
  try {
    await client.connect();
    return true;
  } catch (error) {
    return error instanceof Error && "severity" in error;
  } finally {
    client.connection.stream.destroy();
  }
}
