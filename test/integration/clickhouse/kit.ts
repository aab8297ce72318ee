/** Stores, plain requests and tables for the tests of the ClickHouse adapter. */
import { afterAll } from "vitest";
import { tuples } from "../../../src/encoding/tuple.ts";
import type { FieldType } from "../../../src/encoding/types.ts";
import { encodeRow } from "../../../src/encoding/value.ts";
import { openClickhouse } from "../../../src/stores/clickhouse/index.ts";
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
export const EVERYTHING = { from: null, to: null };

/** One database a test file, dropped in the end with the stores that were opened. */
export class Kit {
  readonly namespace: string;
  readonly #stores: Store[] = [];
  #tables = 0;

  constructor(purpose: string) {
    this.namespace = testNamespace(`ch_${purpose}`);
    afterAll(() => this.end());
  }

  /** Not connected. */
  open(options: Partial<StoreOptions> = {}): Store {
    const store = openClickhouse({ ...engineOptions("clickhouse", this.namespace), ...options });
    this.#stores.push(store);
    return store;
  }

  /** Its namespace created. */
  async ready(options: Partial<StoreOptions> = {}): Promise<Store> {
    const store = this.open(options);
    await store.ensureNamespace(never);
    return store;
  }

  /** What a plain request answers. */
  sql(text: string): Promise<string> {
    return plainSql(engineUrl("clickhouse") ?? "", text, this.namespace);
  }

  /**
   * A table of these columns, `[ClickHouse's type, declared type]` by name, and a collection over it.
   * @param tail engine and order; a MergeTree ordered by the key when left out
   */
  async collection(
    store: Store,
    columns: Readonly<Record<string, readonly [string, FieldType]>>,
    keyLength: number,
    tail?: string,
    where: readonly Predicate[] = [],
  ): Promise<{
    readonly collection: Collection;
    readonly fields: readonly ProjectedField[];
    readonly table: string;
  }> {
    const table = `t${++this.#tables}`;
    const fields = Object.entries(columns).map(([name, [, type]]) => ({ name, column: name, type }));
    const ddl = Object.entries(columns).map(([name, [held]]) => `\`${name}\` ${held}`);
    const order = fields.slice(0, keyLength).map(({ column }) => `\`${column}\``);
    const engine =
      tail ?? `ENGINE = MergeTree ORDER BY (${order.join(", ")}) SETTINGS allow_nullable_key = 1`;
    await this.sql(`CREATE TABLE ${table} (${ddl.join(", ")}) ${engine}`);
    const collection = await store.collection(
      { store: "clickhouse", name: table },
      { fields, keyLength, where },
      never,
    );
    return { collection, fields, table };
  }

  async end(): Promise<void> {
    for (const store of this.#stores) await store.close();
    await this.sql(`DROP DATABASE IF EXISTS ${this.namespace} SYNC`);
  }
}

export async function plainSql(engine: string, text: string, database?: string): Promise<string> {
  const url = new URL(engine);
  const answer = await fetch(`${url.origin}/?wait_end_of_query=1`, {
    method: "POST",
    body: text,
    headers: {
      "X-ClickHouse-User": url.username || "default",
      "X-ClickHouse-Key": decodeURIComponent(url.password),
      ...(database !== undefined &&
        !text.startsWith("DROP DATABASE") && { "X-ClickHouse-Database": database }),
    },
  });
  const words = await answer.text();
  if (!answer.ok) throw new Error(words);
  return words.trim();
}

export type Row = Readonly<Record<string, unknown>>;

export function encode(fields: readonly ProjectedField[], rows: readonly Row[]): Buffer[] {
  return rows.map((row) => Buffer.from(encodeRow(fields, row)));
}

/** Encoded rows as a source of batches of `size` rows. */
export async function* batches(rows: readonly Uint8Array[], size = 1000): AsyncGenerator<RowBatch> {
  for (let start = 0; start < rows.length; start += size) {
    const some = rows.slice(start, start + size);
    yield { rows: some.length, bytes: Buffer.concat(some) };
  }
}

export async function rowsOf(source: AsyncIterable<RowBatch>): Promise<Buffer[]> {
  const rows: Buffer[] = [];
  for await (const batch of source) {
    const before = rows.length;
    for (const tuple of tuples(batch)) rows.push(Buffer.from(tuple));
    if (rows.length - before !== batch.rows)
      throw new Error(`a batch of ${rows.length - before} says ${batch.rows}`);
  }
  return rows;
}

export const hexes = (rows: readonly Uint8Array[]) => rows.map((row) => Buffer.from(row).toString("hex"));
