import type { SessionFacts, StoreOptions } from "../store.ts";
import type { Connection, RequestOptions } from "./connection.ts";
import { serverException } from "./errors.ts";
import { ident } from "./sql.ts";

const SYNTAX_ERROR = 62;

/** Privileges are left out where the server is too old to be asked for them (CHECK GRANT came with 24.10). */
export async function inspectSession(
  connection: Connection,
  { namespace, connection: { tls }, statementTimeoutMs }: StoreOptions,
  signal: AbortSignal,
): Promise<SessionFacts> {
  const options = { signal, timeoutMs: statementTimeoutMs };
  const within = `${ident(namespace)}.*`;
  const [[user], mayCreateDatabase, mayCreateTables, mayWrite] = await Promise.all([
    connection.query<[string]>("SELECT currentUser()", options),
    isGranted(connection, `CREATE DATABASE ON ${within}`, options),
    isGranted(connection, `CREATE TABLE, DROP TABLE, ALTER ON ${within}`, options),
    isGranted(connection, `SELECT, INSERT ON ${within}`, options),
  ]);
  const privilege = (name: string, granted: boolean | null) => (granted === null ? [] : [{ name, granted }]);
  return {
    user: user?.[0] ?? "",
    tls: tls === null ? null : "HTTPS",
    privileges: [
      ...privilege(`create database ${namespace}`, mayCreateDatabase),
      ...privilege(`create tables in ${namespace}`, mayCreateTables),
      ...privilege(`read and write in ${namespace}`, mayWrite),
    ],
  };
}

/** CHECK GRANT takes no FORMAT: it answers 1 or 0 as text. */
async function isGranted(
  connection: Connection,
  grants: string,
  options: RequestOptions,
): Promise<boolean | null> {
  try {
    const answer = await connection.open(`CHECK GRANT ${grants}`, options);
    try {
      let text = "";
      for (let chunk = await answer.read(); chunk !== null; chunk = await answer.read())
        text += chunk.toString();
      return text.trim() === "1";
    } finally {
      answer.release();
    }
  } catch (error) {
    if (serverException(error)?.code === SYNTAX_ERROR) return null;
    throw error;
  }
}
