import { DbctlError } from "../../errors.ts";
import type { Snapshot } from "../store.ts";
import type { Connections } from "./connection.ts";
import { quoteText } from "./literal.ts";
import type { Session } from "./session.ts";

const EXPORT = `
  BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
  SET LOCAL idle_in_transaction_session_timeout = 0;
  SELECT pg_export_snapshot() AS id,
         CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END AS lsn`;

/** The point in time that a session of its own holds open for others to import. */
class ExportedSnapshot implements Snapshot {
  readonly point: Readonly<Record<string, string>>;
  readonly #session: Session;

  constructor(session: Session, point: Readonly<Record<string, string>>) {
    this.#session = session;
    this.point = point;
  }

  async release(): Promise<void> {
    this.#session.release();
  }
}

/** Aborting `signal` while the snapshot is being made cancels it; later only `release` ends it. */
export async function exportSnapshot(connections: Connections, signal: AbortSignal): Promise<Snapshot> {
  const session = await connections.lease(signal, { dedicated: true });
  try {
    const [row] = await session.run(EXPORT);
    return new ExportedSnapshot(session, { snapshot: row?.id ?? "", lsn: row?.lsn ?? "" });
  } catch (error) {
    session.release();
    throw error;
  }
}

/** What makes a transaction see the snapshot; must come first in it. */
export function importSnapshot(snapshot: Snapshot | undefined): string {
  if (snapshot === undefined) return "";
  if (!(snapshot instanceof ExportedSnapshot))
    throw new DbctlError("INTERNAL", "a snapshot of another store was given to postgres", {
      store: "postgres",
    });
  return `SET TRANSACTION SNAPSHOT ${quoteText(snapshot.point.snapshot ?? "")}; `;
}
