import { createHash } from "node:crypto";
import { BatchBuilder, tupleKey } from "../../../src/encoding/tuple.ts";
import { typeName } from "../../../src/encoding/types.ts";
import type {
  Collection,
  CollectionRef,
  Key,
  KeyRange,
  LeafDigest,
  OrderedReads,
  Projection,
  ReadOptions,
  RowBatch,
} from "../../../src/stores/store.ts";
import { loadRows } from "./load.ts";
import type { Session } from "./session.ts";
import type { FakeRows, FakeTable } from "./table.ts";
import { type Entry, Reader, type RowsView } from "./view.ts";

export interface FakeCollectionTraits {
  readonly uniqueKeys: boolean;
  readonly ordered: boolean;
  readonly digest: boolean;
  /** Unordered scans and keys yield some rows twice, as an engine that is resized while it is read may. */
  readonly repeats: boolean;
  readonly batchBytes: number;
}

const snapshots = new WeakMap<object, ReadonlyMap<string, FakeRows>>();

/** Makes `snapshot` mean the rows that the tables hold now. */
export function captureRows(snapshot: object, tables: ReadonlyMap<string, FakeTable>): void {
  snapshots.set(snapshot, new Map([...tables].map(([name, { rows }]) => [name, rows])));
}

/** @throws CONFIG_INVALID naming every column that is absent or of another type */
function checkColumns(session: Session, ref: CollectionRef, table: FakeTable, projection: Projection): void {
  const used = [...projection.fields, ...projection.where.map(({ field }) => field)];
  const faults = new Map<string, string>();
  for (const { column, type } of used) {
    const found = table.columns.find((candidate) => candidate.column === column);
    if (found === undefined) faults.set(column, `${column} is not there`);
    else if (typeName(found.type) !== typeName(type))
      faults.set(column, `${column} is ${typeName(found.type)}, not ${typeName(type)}`);
  }
  if (faults.size === 0) return;
  const message = `${ref.name}: ${[...faults.values()].join("; ")}`;
  throw session.error("CONFIG_INVALID", message, { data: { columns: [...faults.keys()] } });
}

export class FakeCollection implements Collection {
  readonly ref: CollectionRef;
  readonly projection: Projection;
  readonly ordered?: OrderedReads;
  readonly #session: Session;
  readonly #traits: FakeCollectionTraits;
  readonly #reader: Reader;

  constructor(session: Session, ref: CollectionRef, projection: Projection, traits: FakeCollectionTraits) {
    this.ref = ref;
    this.projection = projection;
    this.#session = session;
    this.#traits = traits;
    const table = this.#table();
    checkColumns(session, ref, table, projection);
    this.#reader = new Reader(table.columns, projection);
    if (traits.ordered) this.ordered = this.#orderedReads();
  }

  async count(options: ReadOptions): Promise<number> {
    return (await this.#read("count", options)).ordered.length;
  }

  async *scan(options: ReadOptions): AsyncGenerator<RowBatch> {
    const visible = (await this.#read("scan", options)).all.filter(({ isVisible }) => isVisible);
    yield* this.#batches("scan.batch", this.#repeated(visible), options.signal);
  }

  async lookup(keys: readonly Key[], options: ReadOptions): Promise<readonly (readonly Uint8Array[])[]> {
    const { byKey } = await this.#read("lookup", options);
    return keys.map((key) =>
      (byKey.get(this.#reader.keyText(key)) ?? []).map(({ tuple }) => new Uint8Array(tuple)),
    );
  }

  async *keys(options: ReadOptions): AsyncGenerator<readonly Key[]> {
    const visible = (await this.#read("keys", options)).all.filter(({ isVisible }) => isVisible);
    const repeated = this.#repeated(visible);
    for (let start = 0; start < repeated.length; start += 500) {
      await this.#session.enter("keys.batch", options.signal, this.ref.name);
      yield repeated.slice(start, start + 500).map(({ tuple }) => tupleKey(tuple, this.projection.keyLength));
    }
  }

  load(rows: AsyncIterable<RowBatch>, options: Parameters<Collection["load"]>[1]) {
    const { uniqueKeys } = this.#traits;
    const table = () => this.#table();
    return loadRows(rows, { ...options, session: this.#session, collection: this, table, uniqueKeys });
  }

  async remove(keys: readonly Key[], { signal }: { readonly signal: AbortSignal }): Promise<number> {
    const { byKey } = await this.#read("remove", { signal });
    const gone = new Set(keys.map((key) => this.#reader.keyText(key)).filter((key) => byKey.has(key)));
    const table = this.#table();
    table.rows = new Map([...table.rows].filter(([key]) => !gone.has(key)));
    return gone.size;
  }

  #orderedReads(): OrderedReads {
    const scan = (range: KeyRange, options: ReadOptions) => this.#scanRange(range, options);
    const split = (rowsPerLeaf: number, options: ReadOptions) => this.#split(rowsPerLeaf, options);
    if (!this.#traits.digest) return { split, scan };
    return { split, scan, digest: (ranges, options) => this.#digest(ranges, options) };
  }

  async #split(rowsPerLeaf: number, options: ReadOptions): Promise<readonly KeyRange[]> {
    const { ordered } = await this.#read("split", options);
    const bounds: Key[] = [];
    let last = ordered[0]?.key;
    for (let rank = rowsPerLeaf; rank < ordered.length; rank += rowsPerLeaf) {
      const entry = ordered[rank];
      if (entry === undefined || entry.key === last) continue;
      last = entry.key;
      bounds.push(tupleKey(entry.tuple, this.projection.keyLength));
    }
    return [null, ...bounds].map((from, index) => ({ from, to: bounds[index] ?? null }));
  }

  async *#scanRange(range: KeyRange, options: ReadOptions): AsyncGenerator<RowBatch> {
    const { ordered } = await this.#read("ordered.scan", options);
    yield* this.#batches("ordered.scan.batch", this.#reader.slice(ordered, range), options.signal);
  }

  async *#digest(ranges: readonly KeyRange[], options: ReadOptions): AsyncGenerator<LeafDigest> {
    for (const range of ranges) {
      const rows = this.#reader.slice((await this.#read("digest", options)).ordered, range);
      const hash = createHash("sha256");
      for (const { tuple } of rows) hash.update(tuple);
      yield { range, rows: rows.length, sha256: hash.digest() };
    }
  }

  async *#batches(
    operation: string,
    entries: readonly Entry[],
    signal: AbortSignal,
  ): AsyncGenerator<RowBatch> {
    const builder = new BatchBuilder(this.#traits.batchBytes);
    for (const { tuple } of entries) {
      const batch = builder.add(tuple);
      if (batch === null) continue;
      await this.#session.enter(operation, signal, this.ref.name);
      yield batch;
    }
    await this.#session.enter(operation, signal, this.ref.name);
    const rest = builder.take();
    if (rest !== null) yield rest;
  }

  #repeated(entries: readonly Entry[]): readonly Entry[] {
    return this.#traits.repeats ? [...entries, ...entries.filter((_, index) => index % 7 === 0)] : entries;
  }

  #table(): FakeTable {
    const table = this.#session.state.tables.get(this.ref.name);
    if (table !== undefined) return table;
    throw this.#session.error("COLLECTION_MISSING", `there is no table ${this.ref.name}`);
  }

  async #read(operation: string, { signal, snapshot }: ReadOptions): Promise<RowsView> {
    await this.#session.enter(operation, signal, this.ref.name);
    const rows = snapshot === undefined ? undefined : snapshots.get(snapshot)?.get(this.ref.name);
    return this.#reader.view(rows ?? this.#table().rows);
  }
}
