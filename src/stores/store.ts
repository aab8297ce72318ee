/** What every store offers to the rest of dbctl: interfaces and their contracts only. */
import type { FieldType } from "../encoding/types.ts";

export const STORE_NAMES = ["postgres", "redis", "elasticsearch", "clickhouse", "influxdb"] as const;
export type StoreName = (typeof STORE_NAMES)[number];

/** Facts about an engine. Each says who reads it. */
export interface StoreTraits {
  /** migrate: a step and its history row commit together; otherwise revisions are written around each statement. */
  readonly transactionalDdl: boolean;
  /** verify, backup: `snapshot()` fixes one point in time for every read that is given it. */
  readonly snapshotReads: boolean;
  /** verify: longest wait in ms until an acknowledged write is visible to a scan; 0 = at once. */
  readonly visibilityDelayMs: number;
  /** seed, verify: the engine refuses a second row of a key; otherwise a scan may yield a key twice. */
  readonly uniqueKeys: boolean;
}

// ---------------------------------------------------------------- rows

/** One value in its canonical bytes (src/encoding/README.md), or null. */
export type Field = Uint8Array | null;
/** Key fields in declaration order; compared by the order of their types, the same in every engine. */
export type Key = readonly Field[];
/** Half-open: from ≤ key < to; null is unbounded. Bounds are whole keys, which need not be there. */
export interface KeyRange {
  readonly from: Key | null;
  readonly to: Key | null;
}
/** Encoded rows (tuples of PostgreSQL's COPY binary format) back to back. Rows are never split over batches. */
export interface RowBatch {
  readonly rows: number;
  readonly bytes: Uint8Array;
}
/** SHA-256 over the row encodings of a range in key order. */
export interface LeafDigest {
  readonly range: KeyRange;
  readonly rows: number;
  readonly sha256: Uint8Array;
}

export interface ProjectedField {
  /** The field's name in the entity. */
  readonly name: string;
  /** The column, path or hash field that holds it in this store. */
  readonly column: string;
  readonly type: FieldType;
}

/**
 * A predicate on one field; operands are canonical bytes. It means what `matches` (src/encoding/predicate.ts) does:
 * `isNot` keeps NULL rows, comparison is by the declared order. Arrays have isNull and isNotNull only, json no order.
 */
export type Predicate =
  | { readonly field: ProjectedField; readonly op: "isNull" | "isNotNull" }
  | {
      readonly field: ProjectedField;
      readonly op: "is" | "isNot" | "lt" | "lte" | "gt" | "gte";
      readonly operand: Uint8Array;
    }
  | { readonly field: ProjectedField; readonly op: "in"; readonly operands: readonly Uint8Array[] };

/** Which rows and fields of a collection are read or written, in the order of the row encoding. */
export interface Projection {
  /** Key fields first, then the others in declaration order. */
  readonly fields: readonly ProjectedField[];
  /** The first `keyLength` fields are the key; at least 1. */
  readonly keyLength: number;
  /** All must hold; applied to reads only. */
  readonly where: readonly Predicate[];
}

/** Names a table, an index, a key pattern; without the namespace. */
export interface CollectionRef {
  readonly store: StoreName;
  readonly name: string;
}

// ---------------------------------------------------------------- collections

/** A point in time that reads share until it is released. */
export interface Snapshot {
  /** Recorded in reports and manifests: snapshot id and LSN, part list, … */
  readonly point: Readonly<Record<string, string>>;
  /** Idempotent; never throws. */
  release(): Promise<void>;
}

export interface ReadOptions {
  /** Aborting ends the call within 100 ms with CANCELLED, an iteration at its next item. */
  readonly signal: AbortSignal;
  /** From `snapshot()` of the same store; only where the traits say `snapshotReads`. */
  readonly snapshot?: Snapshot | undefined;
}

export interface WriteOptions {
  readonly signal: AbortSignal;
  /** `insert`: the caller knows that no key is there yet (fastest). `upsert`: the row replaces whatever has its key. */
  readonly mode: "insert" | "upsert";
}

export interface LoadReport {
  /** Rows written; with the rejected ones, all that came. */
  readonly rows: number;
  /**
   * Rows that the engine refused (NULL where it may not be, a check, a key that is there already under `insert`) or
   * can't hold exactly, with the reason; at most 100 are kept, `rejectedCount` counts all. The others are written.
   */
  readonly rejected: readonly { readonly key: Key; readonly reason: string }[];
  readonly rejectedCount: number;
}

/**
 * One table, index or key pattern under one projection. A capability that the engine lacks is an absent property.
 * `where` applies to count, scan, keys and ordered reads, not to lookup, load and remove. With a snapshot a read sees
 * the state of that moment. Every call after the store's `close`, and every one under way then, fails with
 * STORE_CLOSED.
 */
export interface Collection {
  readonly ref: CollectionRef;
  readonly projection: Projection;
  /** Rows that `where` lets through. */
  count(options: ReadOptions): Promise<number>;
  /** Every row at least once, in any order, in batches of about a megabyte; bounded memory. */
  scan(options: ReadOptions): AsyncIterable<RowBatch>;
  /**
   * The rows of these keys in the order asked for, a key asked for twice answered twice: an empty list where there is
   * none, more than one, ordered by their encoding, where the engine holds duplicates.
   */
  lookup(keys: readonly Key[], options: ReadOptions): Promise<readonly (readonly Uint8Array[])[]>;
  /** Every key at least once, in any order. */
  keys(options: ReadOptions): AsyncIterable<readonly Key[]>;
  /**
   * Writes rows encoded under this projection; visible to every read after it resolves. Of several rows of one key
   * in an `upsert` the last one stays. Reports per row what was refused; never stops half-way without saying so.
   * Columns outside the projection keep their value where the engine can, else take their default.
   * @throws the error that stopped it, with `data.rowsWritten`; whatever `rows` throws is thrown as it is
   */
  load(rows: AsyncIterable<RowBatch>, options: WriteOptions): Promise<LoadReport>;
  /** Deletes every row of these keys; returns how many different keys were there. Visible when it resolves. */
  remove(keys: readonly Key[], options: { readonly signal: AbortSignal }): Promise<number>;
  /** Where the engine keeps order. */
  readonly ordered?: OrderedReads;
}

export interface OrderedReads {
  /**
   * Ascending ranges that together cover everything (first `from` and last `to` null), each of `rowsPerLeaf` rows by
   * rank, the last of at most as many; one range when there is no row. Rows of one key are never parted, so where the
   * engine holds duplicates a range may have more or fewer.
   */
  split(rowsPerLeaf: number, options: ReadOptions): Promise<readonly KeyRange[]>;
  /** Every row of the range in key order, duplicates (if the engine has them) next to each other, ordered by their encoding. */
  scan(range: KeyRange, options: ReadOptions): AsyncIterable<RowBatch>;
  /**
   * Computed in the engine; equals the digest of `scan` over the same range. `ranges` are disjoint and ascending;
   * yields in their order.
   */
  digest?(ranges: readonly KeyRange[], options: ReadOptions): AsyncIterable<LeafDigest>;
}

// ---------------------------------------------------------------- migrations

export interface Statement {
  readonly text: string;
  /** 1-based position of its first character in the file. */
  readonly line: number;
  readonly column: number;
}

export interface Script {
  /** Path relative to the project. */
  readonly file: string;
  /** The text as the store shall run it. */
  readonly text: string;
}

/** What a file's header says: `-- dbctl: no-transaction, lock-timeout=5s`. */
export interface Directives {
  readonly transaction: boolean;
  /** Longest wait for a lock of the engine; 0: as long as it takes. */
  readonly lockTimeoutMs: number;
  /** Longest run of one statement; 0: as long as it takes. */
  readonly statementTimeoutMs: number;
}

/** One file of a version: the part of one store. */
export interface Step {
  /** `0003`. */
  readonly version: string;
  /** `executions`. */
  readonly name: string;
  readonly store: StoreName;
  readonly up: Script;
  readonly down: Script | null;
  /** `v1:<sha256 hex>` of the up file. */
  readonly checksum: string;
  /** Hash over the chain up to and including this step, both files in it. */
  readonly chain: string;
  readonly directives: Directives;
}

/** A row of `_migration_history`: what this store knows of one step. */
export interface Revision {
  readonly formatVersion: 1;
  readonly version: string;
  readonly name: string;
  readonly checksum: string;
  readonly chain: string;
  readonly upBody: string;
  readonly downBody: string | null;
  /** `down` only while a down that is not transactional has been begun and not finished. */
  readonly direction: "up" | "down";
  readonly statementsTotal: number;
  readonly statementsApplied: number;
  /** True between the start and the end of statement `statementsApplied + 1`: whether it took effect is in doubt. */
  readonly statementInFlight: boolean;
  /** `cumulativeHashes` (src/util/statement-hashes.ts) of the applied statements' texts: one entry for each. */
  readonly statementHashes: readonly string[];
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly durationMs: number;
  readonly user: string;
  readonly host: string;
  readonly dbctlVersion: string;
  /** The engine's message when the last attempt failed; never a secret. */
  readonly error: string | null;
}

/** The newest complete state of a store's history, kept outside that store. */
export interface Head {
  readonly store: StoreName;
  readonly version: string;
  readonly chain: string;
  /** How many revisions the store's history held. */
  readonly revisions: number;
}

export interface ApplyOptions {
  readonly direction: "up" | "down";
  /** The revision to go on from, when an earlier run stopped half-way; its hashes were checked by the caller. */
  readonly resume: Revision | null;
  readonly dbctlVersion: string;
  readonly signal: AbortSignal;
  /** Called after each statement. */
  readonly onStatement?: ((applied: number, total: number) => void) | undefined;
}

/** Steps of one store, in its namespace. The runner knows nothing else of a store. */
export interface Migrations {
  /** Creates the history (and heads) if they are not there. Idempotent, safe when run at once by several. */
  ensureHistory(signal: AbortSignal): Promise<void>;
  /** Oldest first; null when there is no history at all. An unreadable history throws. */
  history(signal: AbortSignal): Promise<readonly Revision[] | null>;
  /** Splits as the engine would. Pure. @throws MIGRATION_INVALID with file, line, column for what it cannot run */
  parse(script: Script): readonly Statement[];
  /**
   * Runs the step's statements and records them as `traits` say. `up` ends with a complete revision, `down` removes
   * the revision. In a transaction (`transactionalDdl` and the step's directive) a failure leaves catalog and history
   * as they were. Otherwise the revision is written around each statement, and a failure leaves it with the
   * statements applied so far, none in flight, and the engine's message in `error`; a cancellation or a lost
   * connection leaves the statement in flight when the engine may have run it.
   * @throws MIGRATION_FAILED with the engine's words and, in `data`, file, line, column (1-based: where the engine sees
   * the fault, else where the statement begins), total, and applied: the statements that stay applied, 0 in a
   * transaction
   */
  apply(step: Step, options: ApplyOptions): Promise<void>;
  /** Heads of all stores that were recorded here; null when the table is not there. */
  heads(signal: AbortSignal): Promise<readonly Head[] | null>;
  /** Replaces the store's head; null removes it. */
  recordHead(store: StoreName, head: Head | null, signal: AbortSignal): Promise<void>;
  /** Removes history and heads: reset only. */
  dropHistory(signal: AbortSignal): Promise<void>;
}

// ---------------------------------------------------------------- store

export interface CollectionInfo {
  readonly name: string;
  /** The engine's estimate where counting is dear. */
  readonly rows: number;
  readonly sizeBytes: number;
}

export interface HealthReport {
  readonly store: StoreName;
  readonly state: "up" | "down";
  readonly version: string | null;
  readonly latencyMs: number | null;
  /** Of the namespace; null when it is not there. */
  readonly sizeBytes: number | null;
  readonly namespaceExists: boolean;
  /** Why it is down, or what is wrong although it is up. Codes are those of src/errors.ts. */
  readonly findings: readonly {
    readonly code: string;
    readonly severity: "critical" | "warning";
    readonly message: string;
    readonly hint: string;
  }[];
}

/** What `dbctl test` tells about a connection. */
export interface SessionFacts {
  /** As the server knows us. */
  readonly user: string;
  /** `TLSv1.3 TLS_AES_256_GCM_SHA384`, or what the engine knows of it; null: not encrypted. */
  readonly tls: string | null;
  /** What dbctl needs to do here, and whether it may. */
  readonly privileges: readonly {
    /** `create databases`, `create tables in shop`, `read past row-level security`. */
    readonly name: string;
    readonly granted: boolean;
  }[];
}

/** Every call after `close`, and every one under way then, fails with STORE_CLOSED; also `health`. */
export interface Store {
  readonly name: StoreName;
  /** Host and port, for messages; never user or password. */
  readonly address: string;
  readonly namespace: string;
  readonly traits: StoreTraits;
  /** Opens nothing but what is needed to know that the store answers and lets us in. Idempotent. @throws STORE_UNREACHABLE, AUTH_FAILED, STORE_TIMEOUT */
  connect(signal: AbortSignal): Promise<void>;
  /** Never throws for a sick store: that is its finding. Ends within `deadlineMs`. */
  health(options: { readonly signal: AbortSignal; readonly deadlineMs: number }): Promise<HealthReport>;
  /** Who we are, whether it is encrypted, what we may do. Works before the namespace exists. Changes nothing. */
  inspectSession?(signal: AbortSignal): Promise<SessionFacts>;
  /** Creates the namespace when it is missing. */
  ensureNamespace(signal: AbortSignal): Promise<"created" | "exists">;
  /** What `ensureNamespace` and `migrations.ensureHistory` would run on an empty server, for whoever runs it by hand. Pure. */
  initStatements?(): readonly string[];
  /** Drops the namespace when nothing is left in it; says whether it did. */
  dropNamespaceIfEmpty(signal: AbortSignal): Promise<boolean>;
  /** What is in the namespace, dbctl's own collections left out. */
  catalog(signal: AbortSignal): Promise<readonly CollectionInfo[]>;
  /**
   * @throws COLLECTION_MISSING, or CONFIG_INVALID naming every column, those of `where` included, that is absent or
   * can't hold its declared type
   */
  collection(ref: CollectionRef, projection: Projection, signal: AbortSignal): Promise<Collection>;
  /** Drops the collection; does nothing when it is not there. Reset only. */
  dropCollection(ref: CollectionRef, signal: AbortSignal): Promise<void>;
  snapshot?(signal: AbortSignal): Promise<Snapshot>;
  /**
   * Waits up to `waitMs` for the lock (0: not at all), runs, releases it even if `run` throws; the signal of `run`
   * aborts when the lock is lost or the caller's signal aborts. One lock a name within a namespace. Throws what `run`
   * throws. @throws LOCK_HELD with host, pid, ageMs in `data`; CANCELLED when the signal aborts while waiting
   */
  withLock?<T>(
    name: string,
    options: {
      readonly waitMs: number;
      readonly signal: AbortSignal;
      readonly onWait?: ((holder: LockHolder) => void) | undefined;
    },
    run: (signal: AbortSignal) => Promise<T>,
  ): Promise<T>;
  readonly migrations: Migrations;
  /** Idempotent; never throws; ends within a second whatever the engine does. */
  close(): Promise<void>;
}

export interface LockHolder {
  readonly host: string;
  readonly pid: number;
  readonly ageMs: number;
}

/** What an adapter is opened with; made by src/config. */
export interface StoreOptions {
  readonly connection: Connection;
  /** A database, a schema, a prefix: everything dbctl touches lies inside it. */
  readonly namespace: string;
  /** PostgreSQL where dbctl may not create databases: the namespace is this schema of database `namespace`. */
  readonly schema?: string | undefined;
  readonly poolSize: number;
  readonly connectTimeoutMs: number;
  readonly statementTimeoutMs: number;
  /** Shown by the engine beside dbctl's connections. */
  readonly applicationName: string;
}

/** A URL taken apart; `password` is the only secret. */
export interface Connection {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string | null;
  /** The URL's path; null when it named none. */
  readonly database: string | null;
  /** null: no TLS. */
  readonly tls: TlsOptions | null;
  /** Query parameters that the configuration did not consume, decoded: `options`, `channel_binding` (checked), … */
  readonly parameters: Readonly<Record<string, string>>;
}

export interface TlsOptions {
  /** False for PostgreSQL's sslmode=require: encrypted, certificate not checked. */
  readonly verify: boolean;
  /** Encrypt when the server can (sslmode=prefer). */
  readonly optional: boolean;
  /** False for sslmode=verify-ca: the certificate is checked, but not whom it names. True when left out. */
  readonly verifyHost?: boolean | undefined;
  /** PEM texts. */
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** The one export that every `stores/<name>/index.ts` has. */
export type OpenStore = (options: StoreOptions) => Store;
