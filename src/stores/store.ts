/** What every store offers to the rest of dbctl: interfaces and their contracts only. */
import type { Collection, Snapshot } from "./collection.ts";
import type { StoreOptions } from "./connection.ts";
import type { Migrations } from "./migrations.ts";
import type { CollectionRef, Projection } from "./row.ts";

export type * from "./collection.ts";
export type * from "./connection.ts";
export type * from "./migrations.ts";
export type * from "./row.ts";

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

/** The one export that every `stores/<name>/index.ts` has. */
export type OpenStore = (options: StoreOptions) => Store;
