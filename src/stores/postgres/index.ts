import type { OpenStore, Store } from "../store.ts";
import { catalog, dropCollection } from "./catalog.ts";
import { Connections } from "./connection.ts";
import {
  createNamespaceSql,
  dropNamespaceIfEmpty,
  ensureNamespace,
  isMissing,
  type Server,
} from "./database.ts";
import { Faults } from "./errors.ts";
import { historyDdl } from "./history.ts";
import { lockOf } from "./lock.ts";
import { migrationsOf } from "./migrations.ts";
import { namespaceOf } from "./namespace.ts";

/** PostgreSQL 12 and later. The namespace is a database, or a schema of one. */
export const openPostgres: OpenStore = (options): Store => {
  const { host, port } = options.connection;
  const address = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  const faults = new Faults(address, options.connection);
  const namespace = namespaceOf(options);
  const connections = new Connections(options, namespace.database, faults);
  const server: Server = { options, faults, namespace, connections };
  return {
    name: "postgres",
    address,
    namespace: options.namespace,
    traits: { transactionalDdl: true, snapshotReads: true, visibilityDelayMs: 0, uniqueKeys: true },
    connect: (signal) => connect(server, signal),
    async health(asked) {
      const { health } = await import("./health.ts");
      return health(server, asked);
    },
    async inspectSession(signal) {
      const { inspectSession } = await import("./inspect.ts");
      return inspectSession(server, signal);
    },
    ensureNamespace: (signal) => ensureNamespace(server, signal),
    initStatements: () => [createNamespaceSql(namespace), ...historyDdl(namespace)],
    dropNamespaceIfEmpty: (signal) => dropNamespaceIfEmpty(server, signal),
    catalog: (signal) => catalog(connections, namespace, signal),
    async collection(ref, projection, signal) {
      const { openTable } = await import("./open-table.ts");
      return openTable(server, ref, projection, signal);
    },
    dropCollection: (ref, signal) => dropCollection(server, ref, signal),
    async snapshot(signal) {
      const { exportSnapshot } = await import("./snapshot.ts");
      return exportSnapshot(connections, signal);
    },
    withLock: lockOf(server),
    migrations: migrationsOf(server),
    close: () => connections.close(),
  };
};

/** The server asks for the password before it looks for the database: one that is missing let us in all the same. */
async function connect({ connections }: Server, signal: AbortSignal): Promise<void> {
  try {
    await connections.use(signal, async () => {});
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}
