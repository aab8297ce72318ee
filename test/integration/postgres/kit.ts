/** Stores, plain clients and tables for the tests of the PostgreSQL adapter. */
import pg from "pg";
import { afterAll } from "vitest";
import { tuples } from "../../../src/encoding/tuple.ts";
import type { FieldType } from "../../../src/encoding/types.ts";
import { encodeRow } from "../../../src/encoding/value.ts";
import { openPostgres } from "../../../src/stores/postgres/index.ts";
import type {
  Collection,
  Predicate,
  ProjectedField,
  RowBatch,
  Store,
  StoreOptions,
} from "../../../src/stores/store.ts";
import { engineOptions, engineUrl, testNamespace } from "../../support/engines.ts";

export const never = new AbortController().signal;
export const reading = { signal: never };

/** Roles that tests create have the password of the role that creates them: only its name need be exchanged. */
export const LOGIN = `LOGIN PASSWORD '${new URL(engineUrl("postgres") ?? "postgres://x").password}'`;

/** One database a test file, dropped in the end with the stores that were opened. */
export class Kit {
  readonly namespace: string;
  readonly #stores: Store[] = [];
  readonly #clients: pg.Client[] = [];
  #plain: Promise<pg.Client> | null = null;

  constructor(purpose: string) {
    this.namespace = testNamespace(`pg_${purpose}`);
    afterAll(() => this.end());
  }

  /** Not connected. */
  open(options: Partial<StoreOptions> = {}): Store {
    const store = openPostgres({ ...engineOptions("postgres", this.namespace), ...options });
    this.#stores.push(store);
    return store;
  }

  /** Its namespace created. */
  async ready(options: Partial<StoreOptions> = {}): Promise<Store> {
    const store = this.open(options);
    await store.ensureNamespace(never);
    return store;
  }

  /** A plain client in the namespace's database, or another one. */
  async client(database = this.namespace, user?: string): Promise<pg.Client> {
    const url = new URL(engineUrl("postgres") ?? "");
    url.pathname = `/${database}`;
    if (user !== undefined) url.username = user;
    const client = new pg.Client({ connectionString: url.href });
    client.on("error", () => {});
    this.#clients.push(client);
    await client.connect();
    return client;
  }

  /** Runs SQL in the namespace's database; rows of the last statement. */
  async sql(text: string): Promise<Record<string, unknown>[]> {
    this.#plain ??= this.client();
    const result: unknown = await (await this.#plain).query(text);
    const last = (Array.isArray(result) ? result.at(-1) : result) as pg.QueryResult;
    return last.rows;
  }

  async end(): Promise<void> {
    await Promise.all(this.#stores.map((store) => store.close()));
    await Promise.all(this.#clients.map((client) => client.end().catch(() => {})));
    const admin = await this.client("postgres");
    await admin.query(`DROP DATABASE IF EXISTS "${this.namespace}" WITH (FORCE)`);
    await admin.end();
  }
}

export function fieldsOf(types: Readonly<Record<string, FieldType>>): readonly ProjectedField[] {
  return Object.entries(types).map(([name, type]) => ({ name, column: name, type }));
}

export function collectionOf(
  store: Store,
  name: string,
  types: Readonly<Record<string, FieldType>>,
  { keyLength = 1, where = [] as readonly Predicate[] } = {},
): Promise<Collection> {
  return store.collection({ store: "postgres", name }, { fields: fieldsOf(types), keyLength, where }, never);
}

export type Values = Readonly<Record<string, unknown>>;

export function encode(collection: Collection, rows: readonly Values[]): Uint8Array[] {
  return rows.map((row) => encodeRow(collection.projection.fields, row));
}

export async function* batches(rows: readonly Uint8Array[], size = 1_000): AsyncGenerator<RowBatch> {
  for (let start = 0; start < rows.length; start += size) {
    const part = rows.slice(start, start + size);
    yield { rows: part.length, bytes: Buffer.concat(part) };
  }
}

/** Rows as hex, in the order in which they come. */
export async function hexRows(source: AsyncIterable<RowBatch>): Promise<string[]> {
  const rows: string[] = [];
  for await (const batch of source) {
    const before = rows.length;
    for (const tuple of tuples(batch)) rows.push(Buffer.from(tuple).toString("hex"));
    if (rows.length - before !== batch.rows)
      throw new Error(`a batch of ${batch.rows} holds ${rows.length - before}`);
  }
  return rows;
}

/** What a promise is rejected with. */
export async function failure(promise: Promise<unknown>): Promise<Record<string, unknown> & Error> {
  return promise.then(
    () => {
      throw new Error("it did not fail");
    },
    (error) => error,
  );
}
