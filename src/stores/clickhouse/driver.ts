import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { Readable } from "node:stream";
import type { ClickHouseSettings } from "@clickhouse/client";
import type { StoreOptions } from "../store.ts";
import type { Answer } from "./connection.ts";
import type { RequestScope } from "./request.ts";

export interface SendOptions {
  readonly signal: AbortSignal;
  readonly queryId: string;
  readonly logComment: string;
  /** `pooled` waits for one of the pool's connections, `own` opens one more. */
  readonly road: "pooled" | "own";
  readonly settings?: ClickHouseSettings | undefined;
  readonly database?: string | undefined;
}

export interface SentAnswer {
  /** @param heard called whenever the server says something, or we do not listen */
  body(scope: RequestScope, heard: () => void): Pick<Answer, "read">;
  /** Whether the answer had ended; cuts it off when not. */
  release(): boolean;
  discard(): void;
}

export interface Driver {
  /** Resolves when the answer begins. @throws the driver's own error, or an Error with the server's words */
  send(sql: string, body: Readable | null, options: SendOptions): Promise<SentAnswer>;
  /** Destroys every connection, idle or not. */
  destroy(): void;
}

const EMPTY = Buffer.alloc(0);
const ERROR_LIMIT_BYTES = 1 << 20;
/** https://clickhouse.com/docs/interfaces/http: an exception in the body ends so, and has at most 16 KiB. */
const EXCEPTION_MARK = "__exception__\r\n";
const EXCEPTION_LIMIT_BYTES = 20_000;
const TAG_HEADER = "x-clickhouse-exception-tag";
/** The driver's own limit counts silence, which a long statement may need: limits are RequestScope's. */
const NO_LIMIT_MS = 2 ** 31 - 1;

const SETTINGS: ClickHouseSettings = {
  http_write_exception_in_output_format: 0,
  max_query_size: "268435456",
};

/** The client of @clickhouse/client, silenced, over agents of our own: the only way to pass every TLS option. */
export async function makeDriver(options: StoreOptions): Promise<Driver> {
  const { createClient, ClickHouseLogLevel } = await import("@clickhouse/client");
  const { host, port, user, password, tls, parameters } = options.connection;
  const agents = {
    pooled: makeAgent(options, options.poolSize),
    own: makeAgent(options, Number.POSITIVE_INFINITY),
  };
  const client = (agent: HttpAgent) =>
    createClient({
      url: `${tls === null ? "http" : "https"}://${host.includes(":") ? `[${host}]` : host}:${port}`,
      username: user,
      password: password ?? "",
      application: options.applicationName,
      http_agent: agent,
      request_timeout: NO_LIMIT_MS,
      log: { level: ClickHouseLogLevel.OFF },
      clickhouse_settings: { ...SETTINGS, ...settingsOf(parameters) },
    });
  const clients = { pooled: client(agents.pooled), own: client(agents.own) };
  return {
    async send(sql, body, { signal, queryId, settings, database, logComment, road }) {
      const result = await clients[road].exec({
        query: sql,
        ...(body !== null && { values: body }),
        abort_signal: signal,
        query_id: queryId,
        ignore_error_response: true,
        clickhouse_settings: { log_comment: logComment, ...settings },
        ...(database !== undefined && { http_headers: { "X-ClickHouse-Database": database } }),
      });
      const stream: Readable = result.stream;
      stream.on("error", () => {});
      const failed =
        (result.http_status_code ?? 200) >= 400 || "x-clickhouse-exception-code" in result.response_headers;
      if (failed) throw new Error(await textOf(stream));
      return sentAnswer(stream, signal, String(result.response_headers[TAG_HEADER] ?? ""));
    },
    destroy() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

function makeAgent({ connection: { tls, host } }: StoreOptions, maxSockets: number): HttpAgent {
  const pool = { keepAlive: true, maxSockets, scheduling: "lifo" as const };
  if (tls === null) return new HttpAgent(pool);
  const { verify, verifyHost = true, ca, cert, key } = tls;
  return new HttpsAgent({
    ...pool,
    servername: host,
    rejectUnauthorized: verify,
    ...(!verifyHost && { checkServerIdentity: () => undefined }),
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  });
}

/** `?ch_max_threads=2` in a URL, as the official client spells settings. */
function settingsOf(parameters: Readonly<Record<string, string>>): ClickHouseSettings {
  const named = Object.entries(parameters).flatMap(([name, value]) => {
    const setting = /^(?:clickhouse_setting_|ch_)(.+)$/.exec(name)?.[1];
    return setting === undefined ? [] : [[setting, value]];
  });
  return Object.fromEntries(named) as ClickHouseSettings;
}

/** @param tag what the server puts into an exception in the body, so that no row can pass for one; "" when it has none */
function sentAnswer(stream: Readable, signal: AbortSignal, tag: string): SentAnswer {
  // A stream that is destroyed with an error ends its reader at once.
  const onAbort = () => stream.destroy(new Error("stopped"));
  signal.addEventListener("abort", onAbort, { once: true });
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let ended = false;
  let last: Buffer[] = [];

  const next = async (heard: () => void): Promise<Buffer | null> => {
    heard();
    const { value, done } = await chunks.next();
    heard();
    if (!done) {
      last = [last[1] ?? EMPTY, value];
      return value;
    }
    const words = lastWords(last, tag);
    if (words !== null) throw new Error(words);
    ended = true;
    return null;
  };

  return {
    body: (scope, heard) => ({
      read: () =>
        next(heard).catch((error) => {
          ended = scope.stopped === null;
          const words = lastWords(last, tag);
          throw scope.error(words === null ? error : new Error(words));
        }),
    }),
    release() {
      signal.removeEventListener("abort", onAbort);
      if (!ended) stream.destroy();
      return ended;
    },
    discard: () => void stream.resume(),
  };
}

/** What a server wrote into its answer when it failed half-way, after 200 OK: the exception, between two marks. */
function lastWords(last: readonly Buffer[], tag: string): string | null {
  const tail = Buffer.concat(last).subarray(-EXCEPTION_LIMIT_BYTES).toString();
  const start = tail.lastIndexOf("__exception__", tail.length - EXCEPTION_MARK.length - 1);
  if (start < 0 || !tail.endsWith(EXCEPTION_MARK)) return null;
  const words = tail.slice(start);
  return words.includes(tag) ? words : null;
}

async function textOf(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > ERROR_LIMIT_BYTES) break;
  }
  return Buffer.concat(chunks).toString();
}
