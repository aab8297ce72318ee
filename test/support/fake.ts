/** A store in memory that keeps every contract of store.ts; for unit tests only. */
import { asDbctlError } from "../../src/errors.ts";
import type {
  Collection,
  CollectionInfo,
  HealthReport,
  Snapshot,
  Store,
  StoreName,
  StoreTraits,
} from "../../src/stores/store.ts";
import { captureRows, FakeCollection, type FakeCollectionTraits } from "./fake/collection.ts";
import { lockOf } from "./fake/lock.ts";
import { fakeMigrations } from "./fake/migrations.ts";
import { FakeServer } from "./fake/server.ts";
import { Session } from "./fake/session.ts";
import type { FakeColumn } from "./fake/table.ts";

export { FakeCrash, FakeServer } from "./fake/server.ts";

export interface FakeOptions {
  /** Which store it stands for; `postgres` when left out. */
  readonly name?: StoreName;
  readonly namespace?: string;
  /** A transactional engine with unique keys and snapshots, where nothing is said. */
  readonly traits?: Partial<StoreTraits>;
  /** Share one to open several stores on the same data. */
  readonly server?: FakeServer;
  /** False: collections have no `ordered`. */
  readonly ordered?: boolean;
  /** False: `ordered` has no `digest`. */
  readonly digest?: boolean;
  /** True: scans and keys yield some rows twice. */
  readonly repeats?: boolean;
  readonly batchBytes?: number;
  readonly password?: string;
  readonly connectTimeoutMs?: number;
  readonly host?: string;
  readonly pid?: number;
}

export interface FakeStore extends Store {
  /** Data and faults. */
  readonly server: FakeServer;
  /** Creates a table whose first `keyLength` columns are its key; replaces one of the name. */
  createTable(name: string, columns: readonly FakeColumn[], keyLength: number): void;
  /** Ends its connections: its locks are lost. */
  cut(): void;
  /** From now on this store gets no answer any more. */
  hang(): void;
}

const TRAITS: StoreTraits = {
  transactionalDdl: true,
  snapshotReads: true,
  visibilityDelayMs: 0,
  uniqueKeys: true,
};

/** The namespace exists from the start unless the server is shared and says otherwise: call `ensureNamespace`. */
export function openFake(options: FakeOptions = {}): FakeStore {
  const { name = "postgres", namespace = "fake", server = new FakeServer() } = options;
  const { host = "localhost", pid = process.pid, connectTimeoutMs = 1_000, password = null } = options;
  const traits = { ...TRAITS, ...options.traits };
  const session = new Session({ name, namespace, server, password, connectTimeoutMs });
  if (options.server === undefined) server.create(namespace);
  const { ordered = true, digest = true, repeats = false, batchBytes = 1 << 16 } = options;
  const collections = { ordered, digest, repeats, batchBytes, uniqueKeys: traits.uniqueKeys };
  return {
    name,
    address: `${host}:0`,
    namespace,
    traits,
    server,
    createTable(table, columns, keyLength) {
      server.createTable(namespace, table, columns, keyLength);
    },
    cut: () => server.cut(session),
    hang: () => session.hang(),
    connect: (signal) => session.enter("connect", signal),
    health: (healthOptions) => health(session, healthOptions),
    ...namespaceCalls(session),
    ...collectionCalls(session, collections),
    ...(traits.snapshotReads && { snapshot: (signal: AbortSignal) => takeSnapshot(session, signal) }),
    withLock: lockOf(session, host, pid),
    migrations: fakeMigrations(session, traits.transactionalDdl, { user: "fake", host }),
    async close() {
      session.close();
    },
  };
}

function namespaceCalls(
  session: Session,
): Pick<Store, "ensureNamespace" | "dropNamespaceIfEmpty" | "catalog"> {
  return {
    async ensureNamespace(signal) {
      await session.enter("ensureNamespace", signal);
      return session.server.create(session.namespace);
    },
    async dropNamespaceIfEmpty(signal) {
      await session.enter("dropNamespaceIfEmpty", signal);
      const state = session.server.namespaces.get(session.namespace);
      const isEmpty = state !== undefined && state.tables.size === 0 && state.history === null;
      return isEmpty && session.server.namespaces.delete(session.namespace);
    },
    async catalog(signal): Promise<readonly CollectionInfo[]> {
      await session.enter("catalog", signal);
      const { tables } = session.server.namespaces.get(session.namespace) ?? { tables: new Map() };
      return [...tables].map(([name, { rows }]) => ({ name, rows: rows.size, sizeBytes: rows.size * 100 }));
    },
  };
}

function collectionCalls(
  session: Session,
  traits: FakeCollectionTraits,
): Pick<Store, "collection" | "dropCollection"> {
  return {
    async collection(ref, projection, signal): Promise<Collection> {
      await session.enter("collection", signal, ref.name);
      return new FakeCollection(session, ref, projection, traits);
    },
    async dropCollection(ref, signal) {
      await session.enter("dropCollection", signal, ref.name);
      session.state.tables.delete(ref.name);
    },
  };
}

async function takeSnapshot(session: Session, signal: AbortSignal): Promise<Snapshot> {
  await session.enter("snapshot", signal);
  const snapshot: Snapshot = { point: { number: session.server.nextPoint() }, release: async () => {} };
  captureRows(snapshot, session.state.tables);
  return snapshot;
}

async function health(
  session: Session,
  { signal, deadlineMs }: Parameters<Store["health"]>[0],
): Promise<HealthReport> {
  session.check();
  const startedMs = performance.now();
  const namespaceExists = session.server.namespaces.has(session.namespace);
  const report = {
    store: session.name,
    version: "fake",
    sizeBytes: namespaceExists ? 0 : null,
    namespaceExists,
  };
  try {
    await session.enter("health", AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]));
    return { ...report, state: "up", latencyMs: performance.now() - startedMs, findings: [] };
  } catch (error) {
    const timedOut = !signal.aborted && session.server.mode === "hanging";
    const { code, message, hint } = timedOut
      ? session.error("STORE_TIMEOUT", `no answer within ${deadlineMs} ms`)
      : asDbctlError(error);
    const findings = [{ code, severity: "critical" as const, message, hint }];
    return { ...report, state: "down", version: null, latencyMs: null, sizeBytes: null, findings };
  }
}
