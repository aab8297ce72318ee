import { tupleKey, tuples } from "../../encoding/tuple.ts";
import type {
  Collection,
  CollectionRef,
  Key,
  LoadReport,
  OrderedReads,
  Projection,
  ReadOptions,
  RowBatch,
  WriteOptions,
} from "../store.ts";
import type { Connections } from "./connection.ts";
import { keyBatches } from "./keys.ts";
import { orderedReads } from "./ordered.ts";
import { whereClause, whereConditions } from "./predicate.ts";
import { type BoundProjection, rowEncoding, selectList } from "./projection.ts";
import { readFew, readRows } from "./read.ts";

/** What a collection's operations work on. */
export interface Target {
  readonly connections: Connections;
  /** `"schema"."table"`. */
  readonly table: string;
  readonly bound: BoundProjection;
  readonly statementTimeoutMs: number;
}

/** A table, a view or a materialized view under a projection. */
export class PostgresCollection implements Collection {
  readonly ref: CollectionRef;
  readonly projection: Projection;
  readonly ordered: OrderedReads;
  readonly #target: Target;

  constructor(ref: CollectionRef, target: Target) {
    this.ref = ref;
    this.projection = target.bound.projection;
    this.ordered = orderedReads(target);
    this.#target = target;
  }

  async count(options: ReadOptions): Promise<number> {
    const { connections } = this.#target;
    const [tuple] = await readFew(connections, `SELECT count(*) ${this.#from()}`, options, { timeoutMs: 0 });
    return tuple === undefined ? 0 : Number(Buffer.from(tuple).readBigInt64BE(6));
  }

  scan(options: ReadOptions): AsyncIterable<RowBatch> {
    const { connections, bound } = this.#target;
    return readRows(connections, `SELECT ${selectList(bound.fields)} ${this.#from()}`, options);
  }

  async lookup(keys: readonly Key[], options: ReadOptions): Promise<readonly (readonly Uint8Array[])[]> {
    const { connections, table, bound, statementTimeoutMs } = this.#target;
    const found: Uint8Array[][] = keys.map(() => []);
    for (const { source, condition, places } of keyBatches(bound.key, keys)) {
      const order = bound.keyIsUnique ? "" : ` ORDER BY u.n, ${rowEncoding(bound.fields)}`;
      const select = `SELECT u.n, ${selectList(bound.fields)} FROM ${source} JOIN ${table} AS t ON ${condition}${order}`;
      for (const tuple of await readFew(connections, select, options, { timeoutMs: statementTimeoutMs })) {
        const { ordinal, rest } = withoutOrdinal(tuple);
        found[places[ordinal - 1] ?? -1]?.push(rest);
      }
    }
    return found;
  }

  async *keys(options: ReadOptions): AsyncGenerator<readonly Key[]> {
    const { connections, bound } = this.#target;
    const select = `SELECT ${selectList(bound.key)} ${this.#from()}`;
    for await (const batch of readRows(connections, select, options)) {
      yield Array.from(tuples(batch), (tuple) => tupleKey(tuple, bound.key.length));
    }
  }

  async load(rows: AsyncIterable<RowBatch>, options: WriteOptions): Promise<LoadReport> {
    const { loadRows } = await import("./load.ts");
    return loadRows(this.#target, rows, options);
  }

  async remove(keys: readonly Key[], { signal }: { readonly signal: AbortSignal }): Promise<number> {
    const { connections, table, bound, statementTimeoutMs } = this.#target;
    const distinct = [...new Map(keys.map((key) => [keyText(key), key])).values()];
    let gone = 0;
    for (const { source, condition } of keyBatches(bound.key, distinct)) {
      const rows = await connections.use(signal, (session) =>
        session.run(
          `BEGIN; SET LOCAL row_security = off; SET LOCAL statement_timeout = ${statementTimeoutMs}; ` +
            `WITH gone AS (DELETE FROM ${table} AS t USING ${source} WHERE ${condition} RETURNING u.n) ` +
            "SELECT count(DISTINCT n) AS keys FROM gone; COMMIT",
        ),
      );
      gone += Number(rows[0]?.keys);
    }
    return gone;
  }

  #from(): string {
    const { table, bound } = this.#target;
    return `FROM ${table} AS t ${whereClause(whereConditions(bound))}`;
  }
}

function keyText(key: Key): string {
  return key.map((field) => (field === null ? "-" : Buffer.from(field).toString("hex"))).join(" ");
}

const COUNT_BYTES = 2;
/** An int8 field: its length and its bytes. */
const ORDINAL_BYTES = 12;

/** Takes the leading int8 off a tuple; what is left overwrites its last bytes with the count of fields. */
function withoutOrdinal(bytes: Uint8Array): { readonly ordinal: number; readonly rest: Uint8Array } {
  const tuple = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const ordinal = tuple.readInt32BE(COUNT_BYTES + ORDINAL_BYTES - 4);
  tuple.writeInt16BE(tuple.readInt16BE(0) - 1, ORDINAL_BYTES);
  return { ordinal, rest: tuple.subarray(ORDINAL_BYTES) };
}
