import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { ClickHouseSettings } from "@clickhouse/client";
import { DbctlError } from "../../errors.ts";
import type { StoreOptions } from "../store.ts";
import { type Driver, makeDriver } from "./driver.ts";
import { RequestScope } from "./request.ts";
import { text } from "./sql.ts";

export interface RequestOptions {
  readonly signal: AbortSignal;
  /** Limit of the whole request; the store's statement timeout when left out, 0 for none. */
  readonly timeoutMs?: number | undefined;
  readonly settings?: ClickHouseSettings | undefined;
  /** Where unqualified names lead. */
  readonly database?: string | undefined;
  /** Ours, for `system.processes`; a random one when left out. */
  readonly queryId?: string | undefined;
}

/** The body of an answer. */
export interface Answer {
  /** The next bytes; null at the end. @throws what stopped it, also when the server failed after it had begun */
  read(): Promise<Buffer | null>;
  /** Must be called; stops the query when it has not ended. */
  release(): void;
}

const SMALL_ANSWER: ClickHouseSettings = {
  wait_end_of_query: 1,
  output_format_json_quote_64bit_integers: 1,
};
const KILL_LIMIT_MS = 2_000;
const CLOSE_LIMIT_MS = 500;
/** How long a long request may say nothing before the server is asked whether it still lives. */
const SILENCE_MS = 15_000;

/** The road to one server. Every method fails with STORE_CLOSED after `close`, and with what ERRORS says of its code. */
export class Connection {
  readonly address: string;
  readonly #options: StoreOptions;
  readonly #scopes = new Set<RequestScope>();
  readonly #kills = new Set<Promise<void>>();
  #driver: Promise<Driver> | null = null;
  readonly #closing = new AbortController();

  constructor(options: StoreOptions) {
    const { host, port } = options.connection;
    this.address = `${host.includes(":") ? `[${host}]` : host}:${port}`;
    this.#options = options;
  }

  get isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  /** Aborts when the store closes. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** @throws STORE_CLOSED */
  checkOpen(): void {
    if (this.isClosed) {
      throw new DbctlError("STORE_CLOSED", "the ClickHouse store is closed", { store: "clickhouse" });
    }
  }

  /** Rows of a small answer; 64-bit integers arrive as strings. */
  async query<Row extends readonly unknown[]>(sql: string, options: RequestOptions): Promise<Row[]> {
    const settings = { ...SMALL_ANSWER, ...options.settings };
    const body = await this.#text(`${sql}\nFORMAT JSONCompactEachRow`, null, { ...options, settings });
    return body === ""
      ? []
      : body
          .split("\n")
          .slice(0, -1)
          .map((line) => JSON.parse(line) as Row);
  }

  /** Runs a statement to its end; what it answers is dropped. */
  async run(sql: string, options: RequestOptions): Promise<void> {
    await this.#text(sql, null, { ...options, settings: { wait_end_of_query: 1, ...options.settings } });
  }

  /** Sends `chunks` as the data of an INSERT and waits until it is written. */
  async insert(sql: string, chunks: Iterable<Uint8Array>, options: RequestOptions): Promise<void> {
    const settings = { wait_end_of_query: 1 as const, async_insert: 0 as const, ...options.settings };
    await this.#text(sql, Readable.from(chunks, { objectMode: false }), { ...options, settings });
  }

  /** A long answer, over a connection of its own. No time limit unless `options` set one; silence is looked into. */
  async open(sql: string, options: RequestOptions): Promise<Answer> {
    return this.#request(sql, null, { timeoutMs: 0, ...options }, "own");
  }

  /** Never throws; cuts off what is under way; ends within a second. */
  async close(): Promise<void> {
    if (this.isClosed) return;
    this.#closing.abort();
    for (const scope of [...this.#scopes]) scope.stop("closed");
    await nextTurn();
    await Promise.race([
      Promise.allSettled([...this.#kills]),
      new Promise<void>((resolve) => setTimeout(resolve, CLOSE_LIMIT_MS).unref()),
    ]);
    (await this.#driver?.catch(() => null))?.destroy();
  }

  async #text(sql: string, body: Readable | null, options: RequestOptions): Promise<string> {
    const answer = await this.#request(sql, body, options, "pooled");
    try {
      const chunks: Buffer[] = [];
      for (let chunk = await answer.read(); chunk !== null; chunk = await answer.read()) chunks.push(chunk);
      return Buffer.concat(chunks).toString();
    } finally {
      answer.release();
    }
  }

  async #request(
    sql: string,
    body: Readable | null,
    options: RequestOptions,
    road: "pooled" | "own",
  ): Promise<Answer> {
    this.checkOpen();
    const { connection, applicationName, statementTimeoutMs, connectTimeoutMs } = this.#options;
    const timeoutMs = options.timeoutMs ?? statementTimeoutMs;
    const { user, password } = connection;
    const scope = new RequestScope(options.signal, timeoutMs, { address: this.address, user, password });
    this.#scopes.add(scope);
    const queryId = options.queryId ?? `dbctl-${randomUUID()}`;
    const silence = timeoutMs > 0 ? null : this.#watchSilence(scope, queryId, connectTimeoutMs);
    const end = (finished: boolean) => {
      if (!this.#scopes.delete(scope)) return;
      scope.end();
      clearInterval(silence?.timer);
      if (!finished) this.#kill(queryId);
    };
    try {
      this.#driver ??= makeDriver(this.#options);
      const driver = await scope.race(this.#driver);
      // An aborted signal never fires again: the driver would send, and nobody would read the answer.
      if (scope.stopped !== null) throw scope.error(null);
      const sending = driver.send(sql, body, {
        ...options,
        queryId,
        signal: scope.signal,
        logComment: applicationName,
        road,
      });
      sending.then((late) => scope.stopped !== null && late.release()).catch(() => {});
      const answer = await scope.race(sending);
      return { ...answer.body(scope, silence?.heard ?? (() => {})), release: () => end(answer.release()) };
    } catch (error) {
      end(scope.stopped === null);
      body?.destroy();
      throw scope.error(error);
    }
  }

  /** Asks every 15 s of silence whether the server lives, and stops the request when it does not answer. */
  #watchSilence(scope: RequestScope, queryId: string, limitMs: number) {
    let lastMs = performance.now();
    let asking = false;
    const timer = setInterval(async () => {
      if (asking || performance.now() - lastMs < SILENCE_MS) return;
      asking = true;
      const sql = `SELECT count() FROM system.processes WHERE query_id = ${text(queryId)}`;
      await this.query(sql, { signal: scope.signal, timeoutMs: limitMs }).catch(() => scope.stop("silent"));
      lastMs = performance.now();
      asking = false;
    }, SILENCE_MS);
    timer.unref();
    return { timer, heard: () => (lastMs = performance.now()) };
  }

  /** A query that nobody waits for any more: asks the server to stop it, as far as it will. */
  #kill(queryId: string): void {
    const driver = this.#driver;
    if (driver === null) return;
    const signal = AbortSignal.timeout(KILL_LIMIT_MS);
    const sql = `KILL QUERY WHERE query_id = ${text(queryId)} ASYNC`;
    const kill = driver
      .then((ready) => ready.send(sql, null, { signal, queryId: randomUUID(), logComment: "", road: "own" }))
      .then((answer) => answer.discard())
      .catch(() => {})
      .finally(() => this.#kills.delete(kill));
    this.#kills.add(kill);
  }
}
