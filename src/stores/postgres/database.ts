/** The namespace itself: a database, or a schema of one. */
import { DbctlError } from "../../errors.ts";
import { sleep } from "../../util/sleep.ts";
import type { StoreOptions } from "../store.ts";
import { Connections } from "./connection.ts";
import { type Faults, sqlstateOf } from "./errors.ts";
import { quoteIdentifier } from "./literal.ts";
import type { Namespace } from "./namespace.ts";
import type { Session } from "./session.ts";
import { readSql } from "./sql-file.ts";

const LEFTOVERS = readSql("leftovers.sql");
/** Databases of the server itself. */
const SYSTEM_DATABASES = ["postgres", "template1", "template0"];
/** Duplicate database or schema; the unique index behind them when two create one at once. */
const ALREADY_THERE = ["42P04", "42P06", "23505"];
const IN_USE = "55006";
const NOT_EMPTY = "2BP01";
const TEMPLATE_RETRIES = 20;
const TEMPLATE_RETRY_MS = 250;

export interface Server {
  readonly options: StoreOptions;
  readonly faults: Faults;
  readonly namespace: Namespace;
  /** To the namespace's database, whether it is there or not. */
  readonly connections: Connections;
}

/** What creates the namespace on an empty server. */
export function createNamespaceSql({ kind, database, schema }: Namespace): string {
  return kind === "database"
    ? `CREATE DATABASE ${quoteIdentifier(database)}`
    : `CREATE SCHEMA ${quoteIdentifier(schema)}`;
}

export async function ensureNamespace(server: Server, signal: AbortSignal): Promise<"created" | "exists"> {
  const { connections, namespace } = server;
  try {
    return await connections.use(signal, (session) => ensureSchema(session, namespace));
  } catch (error) {
    if (!isMissing(error) || namespace.kind === "schema") throw error;
  }
  return withMaintenance(server, signal, (session) => createDatabase(session, namespace, signal));
}

async function ensureSchema(session: Session, namespace: Namespace): Promise<"created" | "exists"> {
  if (await schemaExists(session, namespace)) return "exists";
  try {
    await session.run(`CREATE SCHEMA ${quoteIdentifier(namespace.schema)}`);
  } catch (error) {
    if (!ALREADY_THERE.includes(sqlstateOf(error))) throw withAdvice(error, namespace);
  }
  return namespace.kind === "schema" ? "created" : "exists";
}

export async function schemaExists(session: Session, { schema }: Namespace): Promise<boolean> {
  const rows = await session.run("SELECT FROM pg_catalog.pg_namespace WHERE nspname = $1", [schema]);
  return rows.length > 0;
}

/** In UTF-8 whatever the server's default is. */
async function createDatabase(
  session: Session,
  namespace: Namespace,
  signal: AbortSignal,
): Promise<"created" | "exists"> {
  const [template] = await session.run(
    "SELECT pg_encoding_to_char(encoding) AS encoding FROM pg_catalog.pg_database WHERE datname = 'template1'",
  );
  const options =
    template?.encoding === "UTF8" ? "" : " TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'";
  for (let attempt = 1; ; attempt++) {
    try {
      await session.run(createNamespaceSql(namespace) + options);
      return "created";
    } catch (error) {
      const sqlstate = sqlstateOf(error);
      if (ALREADY_THERE.includes(sqlstate)) return "exists";
      // Somebody is connected to the template for a moment.
      if (sqlstate !== IN_USE || attempt === TEMPLATE_RETRIES) throw withAdvice(error, namespace);
      await sleep(TEMPLATE_RETRY_MS, signal);
    }
  }
}

function withAdvice(error: unknown, { kind, database, schema }: Namespace): unknown {
  if (!(error instanceof DbctlError) || error.code !== "PERMISSION_DENIED") return error;
  const [what, name] = kind === "database" ? ["database", database] : ["schema", schema];
  const hint =
    kind === "database"
      ? "have it created (dbctl init --print-sql), or set stores.postgres.schema to live in a schema"
      : "have it created: dbctl init --print-sql";
  const { data, store } = error;
  return new DbctlError(error.code, `${error.message}: ${what} ${name} is not there`, { data, store, hint });
}

/** @returns false for a namespace that holds something, is in use, is not there, or could not be created again */
export async function dropNamespaceIfEmpty(server: Server, signal: AbortSignal): Promise<boolean> {
  const { connections, namespace } = server;
  try {
    if (namespace.kind === "schema")
      return await connections.use(signal, (session) => dropSchema(session, namespace));
    const isEmpty = await connections.use(signal, isDatabaseEmpty);
    if (!isEmpty || SYSTEM_DATABASES.includes(namespace.database)) return false;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
  connections.recycle();
  return withMaintenance(server, signal, (session) => dropDatabase(session, namespace));
}

async function dropSchema(session: Session, namespace: Namespace): Promise<boolean> {
  if (namespace.schema === "public" || !(await schemaExists(session, namespace))) return false;
  try {
    await session.run(`DROP SCHEMA ${quoteIdentifier(namespace.schema)} RESTRICT`);
    return true;
  } catch (error) {
    if (sqlstateOf(error) === NOT_EMPTY) return false;
    throw error;
  }
}

async function isDatabaseEmpty(session: Session): Promise<boolean> {
  const [row] = await session.run(LEFTOVERS);
  return row?.any_left === "f";
}

async function dropDatabase(session: Session, { database }: Namespace): Promise<boolean> {
  const [role] = await session.run(
    "SELECT rolsuper OR rolcreatedb AS may_create FROM pg_catalog.pg_roles WHERE rolname = current_user",
  );
  if (role?.may_create !== "t") return false;
  try {
    await session.run(`DROP DATABASE IF EXISTS ${quoteIdentifier(database)}`);
    return true;
  } catch (error) {
    if (sqlstateOf(error) === IN_USE) return false;
    throw error;
  }
}

/** Runs `work` in a database that is there although the namespace may not be. */
export async function withMaintenance<T>(
  { options, faults, namespace }: Server,
  signal: AbortSignal,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const candidates = [options.connection.database, ...SYSTEM_DATABASES.slice(0, 2)].filter(
    (name): name is string => name !== null && name !== namespace.database,
  );
  let missing: unknown = null;
  for (const database of new Set(candidates)) {
    const connections = new Connections({ ...options, poolSize: 1 }, database, faults);
    try {
      return await connections.use(signal, work);
    } catch (error) {
      if (!isMissing(error)) throw error;
      missing = error;
    } finally {
      await connections.close();
    }
  }
  throw missing;
}

export function isMissing(error: unknown): boolean {
  return error instanceof DbctlError && error.code === "NOT_INITIALISED";
}

/** A session in the namespace's database, or in another one as long as that is not there. */
export async function anywhere<T>(
  server: Server,
  signal: AbortSignal,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  try {
    return await server.connections.use(signal, work);
  } catch (error) {
    if (!isMissing(error)) throw error;
    return withMaintenance(server, signal, work);
  }
}
