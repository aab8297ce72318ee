/** What every part of the suite works with: stores that are closed and namespaces that are dropped in the end. */
import { afterAll, beforeAll } from "vitest";
import { tupleFields, tuples } from "../../src/encoding/tuple.ts";
import type { FieldType } from "../../src/encoding/types.ts";
import { encodeRow } from "../../src/encoding/value.ts";
import type {
  Collection,
  CollectionRef,
  Field,
  LoadReport,
  Predicate,
  ProjectedField,
  Projection,
  ReadOptions,
  RowBatch,
  Store,
} from "../../src/stores/store.ts";
import { testNamespace } from "../support/engines.ts";
import type { Harness, OpenOptions } from "./harness.ts";
import { mutated } from "./mutations.ts";

/** A signal for calls that nobody interrupts. */
export const never = new AbortController().signal;
export const reading = { signal: never };

export interface CollectionOptions {
  readonly required?: readonly string[];
  readonly where?: readonly Predicate[];
  readonly name?: string;
}

export class Bench {
  readonly harness: Harness;
  /** Connected, in a namespace that the suite shares; every test has collections of its own there. */
  store!: Store;
  readonly #stores: Store[] = [];
  readonly #namespaces: string[] = [];
  #names = 0;

  constructor(harness: Harness) {
    this.harness = harness;
    beforeAll(async () => {
      this.store = await this.openReady();
    });
    afterAll(async () => {
      await Promise.all(this.#stores.map((store) => store.close()));
      await Promise.all(this.#namespaces.map((namespace) => harness.dropNamespace(namespace)));
      await harness.end();
    });
  }

  /** A name that nothing has yet. */
  name(): string {
    return `c${++this.#names}`;
  }

  ref(name: string): CollectionRef {
    return { store: this.harness.name, name };
  }

  /** A namespace that is dropped in the end. */
  namespace(): string {
    const namespace = testNamespace("conf");
    this.#namespaces.push(namespace);
    return namespace;
  }

  /** Opened and mutated as the run says; closed in the end. */
  open(namespace: string, options?: OpenOptions): Store {
    return this.track(this.harness.open(namespace, options));
  }

  track(store: Store): Store {
    const tracked = mutated(store);
    this.#stores.push(tracked);
    return tracked;
  }

  /** Connected, its namespace and history created. */
  async openReady(namespace = this.namespace(), options?: OpenOptions): Promise<Store> {
    const store = this.open(namespace, options);
    await store.connect(never);
    await store.ensureNamespace(never);
    await store.migrations.ensureHistory(never);
    return store;
  }

  /** A new collection under a projection of all its fields. */
  async collection(
    fields: readonly ProjectedField[],
    keyLength: number,
    options: CollectionOptions = {},
  ): Promise<Collection> {
    const { name = this.name(), required = [], where = [] } = options;
    await this.harness.createCollection(this.store, name, fields, keyLength, required);
    return this.store.collection(this.ref(name), { fields, keyLength, where }, never);
  }

  /** What `scan` yields, each row once where the engine may repeat itself. */
  async scanned(collection: Collection, options: ReadOptions): Promise<readonly Buffer[]> {
    const rows = await collect(collection.scan(options));
    if (this.harness.capabilities.exactScans) return rows;
    return [...new Map(rows.map((row) => [row.toString("hex"), row])).values()];
  }

  /** The same collection under another projection. */
  reopen(collection: Collection, projection: Partial<Projection>, store = this.store): Promise<Collection> {
    return store.collection(collection.ref, { ...collection.projection, ...projection }, never);
  }
}

/** Fields of the given types; a column is called like its field, in snake_case. */
export function fieldsOf(types: Readonly<Record<string, FieldType>>): readonly ProjectedField[] {
  return Object.entries(types).map(([name, type]) => ({
    name,
    column: name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    type,
  }));
}

export function batchOf(rows: readonly Uint8Array[]): RowBatch {
  return { rows: rows.length, bytes: Buffer.concat(rows) };
}

/** Rows as a stream of batches of `size` rows. */
export async function* stream(rows: readonly Uint8Array[], size = 500): AsyncGenerator<RowBatch> {
  for (let start = 0; start < rows.length; start += size) yield batchOf(rows.slice(start, start + size));
}

export function load(
  collection: Collection,
  rows: readonly Uint8Array[],
  mode: "insert" | "upsert" = "insert",
): Promise<LoadReport> {
  return collection.load(stream(rows), { signal: never, mode });
}

/** Encodes objects under the collection's fields. */
export function encoded(
  collection: Collection,
  rows: readonly Readonly<Record<string, unknown>>[],
): readonly Uint8Array[] {
  return rows.map((row) => encodeRow(collection.projection.fields, row));
}

/** Everything that comes; nothing where the engine offers nothing to iterate. */
export async function all<T>(items: AsyncIterable<T> | undefined): Promise<T[]> {
  const list: T[] = [];
  if (items !== undefined) for await (const item of items) list.push(item);
  return list;
}

/** All rows that come, copied. @throws when a batch does not hold as many rows as it says */
export async function collect(batches: AsyncIterable<RowBatch> | undefined): Promise<Buffer[]> {
  const rows: Buffer[] = [];
  if (batches === undefined) return rows;
  for await (const batch of batches) {
    const before = rows.length;
    for (const tuple of tuples(batch)) rows.push(Buffer.from(tuple));
    const { length } = rows;
    if (length - before !== batch.rows)
      throw new Error(`a batch of ${batch.rows} rows holds ${length - before}`);
  }
  return rows;
}

export const hexOf = (bytes: Field) => (bytes === null ? null : Buffer.from(bytes).toString("hex"));

/** Rows as hex, sorted: to compare without regard to order. */
export function bag(rows: Iterable<Uint8Array>): readonly (string | null)[] {
  return [...rows].map(hexOf).sort();
}

/** The fields of a row as hex, for messages that a human can read. */
export function fieldsHex(row: Uint8Array): readonly (string | null)[] {
  return tupleFields(row).map(hexOf);
}
