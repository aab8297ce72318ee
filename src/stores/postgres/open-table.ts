import type { Collection, CollectionRef, Projection } from "../store.ts";
import { PostgresCollection } from "./collection.ts";
import type { Server } from "./database.ts";
import { qualified } from "./namespace.ts";
import { bindProjection } from "./projection.ts";
import { describeTable } from "./table.ts";

/** @throws COLLECTION_MISSING, CONFIG_INVALID */
export async function openTable(
  { connections, faults, namespace, options }: Server,
  ref: CollectionRef,
  projection: Projection,
  signal: AbortSignal,
): Promise<Collection> {
  const table = await connections.use(signal, (session) => describeTable(session, namespace, ref.name));
  if (table === null)
    throw faults.fault("COLLECTION_MISSING", `postgres has no table ${ref.name} in ${namespace.schema}`);
  return new PostgresCollection(ref, {
    connections,
    table: qualified(namespace, ref.name),
    bound: bindProjection(ref.name, projection, table),
    statementTimeoutMs: options.statementTimeoutMs,
  });
}
