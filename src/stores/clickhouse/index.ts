import type { CollectionRef, OpenStore, Projection, Store } from "../store.ts";
import { Connection } from "./connection.ts";
import { health } from "./health.ts";
import { migrations } from "./migrations.ts";
import {
  catalog,
  dropCollection,
  dropNamespaceIfEmpty,
  ensureNamespace,
  initStatements,
} from "./namespace.ts";

/** A ClickHouse server over HTTP. The namespace is a database. It holds no lock and no snapshot. */
export const openClickhouse: OpenStore = (options): Store => {
  const connection = new Connection(options);
  const { namespace, connectTimeoutMs } = options;
  return {
    name: "clickhouse",
    address: connection.address,
    namespace,
    traits: { transactionalDdl: false, snapshotReads: false, visibilityDelayMs: 0, uniqueKeys: false },
    async connect(signal) {
      await connection.query("SELECT 1", { signal, timeoutMs: connectTimeoutMs });
    },
    health: (asked) => health(connection, namespace, asked),
    async inspectSession(signal) {
      const { inspectSession } = await import("./inspect.ts");
      return inspectSession(connection, options, signal);
    },
    ensureNamespace: (signal) => ensureNamespace(connection, namespace, signal),
    initStatements: () => initStatements(namespace),
    dropNamespaceIfEmpty: (signal) => dropNamespaceIfEmpty(connection, namespace, signal),
    catalog: (signal) => catalog(connection, namespace, signal),
    async collection(ref: CollectionRef, projection: Projection, signal) {
      // Most of the adapter: what only asks for history or health does without.
      const { openCollection } = await import("./collection.ts");
      return openCollection(connection, namespace, ref, projection, signal);
    },
    dropCollection: (ref, signal) => dropCollection(connection, namespace, ref, signal),
    migrations: migrations(connection, namespace),
    close: () => connection.close(),
  };
};
