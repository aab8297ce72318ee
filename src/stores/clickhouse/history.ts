import { hostname, userInfo } from "node:os";
import type { Revision } from "../store.ts";
import type { Connection } from "./connection.ts";
import { serverException } from "./errors.ts";
import { HISTORY_TABLE } from "./history-ddl.ts";
import { ident, text } from "./sql.ts";

/** A revision beside what only this adapter needs of it. */
export interface HistoryRow {
  readonly revision: Revision;
  /** How to tell whether the statement in flight took effect; null when none is in flight. */
  readonly inFlight: InFlight | null;
}

/** Written before a statement runs. */
export interface InFlight {
  readonly queryId: string;
  /** The server's clock, seconds. */
  readonly startedAtS: number;
  /** SHA-256 of the statement. */
  readonly statement: string;
  /** What the statement's target looked like before, as `Probe.look` says it. */
  readonly before: string | null;
}

const UNKNOWN_TABLE = 60;
const UNKNOWN_DATABASE = 81;

type Columns = [
  version: string,
  name: string,
  checksum: string,
  chain: string,
  upBody: string,
  downBody: string | null,
  direction: "up" | "down",
  total: number,
  applied: number,
  isInFlight: boolean | number,
  hashes: string[],
  startedAtMs: string,
  durationMs: string,
  user: string,
  host: string,
  dbctlVersion: string,
  error: string | null,
  inFlight: string,
];

const SELECT = `SELECT version, name, checksum, chain, up_body, down_body, direction, statements_total,
  statements_applied, statement_in_flight, statement_hashes, toUnixTimestamp64Milli(started_at), duration_ms,
  user, host, dbctl_version, error, in_flight`;

/** The rows of a namespace's `_migration_history`: the newest of each version counts. */
export class History {
  readonly #connection: Connection;
  readonly #table: string;

  constructor(connection: Connection, namespace: string) {
    this.#connection = connection;
    this.#table = `${ident(namespace)}.${ident(HISTORY_TABLE)}`;
  }

  /** Oldest version first; null when there is no history at all. */
  async read(signal: AbortSignal): Promise<HistoryRow[] | null> {
    const sql = `${SELECT} FROM ${this.#table} FINAL WHERE NOT deleted ORDER BY toUInt64OrZero(version), version`;
    const rows = await orNone(this.#connection.query<Columns>(sql, { signal }));
    return rows?.map(rowOf) ?? null;
  }

  async readOne(version: string, signal: AbortSignal): Promise<HistoryRow | null> {
    const sql = `${SELECT} FROM ${this.#table} FINAL WHERE NOT deleted AND version = ${text(version)}`;
    const [row] = await this.#connection.query<Columns>(sql, { signal });
    return row === undefined ? null : rowOf(row);
  }

  /** Number for the next write: above all there were. */
  async nextNumber(signal: AbortSignal): Promise<bigint> {
    const sql = `SELECT max(revision) FROM ${this.#table}`;
    const [row] = await this.#connection.query<[string]>(sql, { signal });
    return BigInt(row?.[0] ?? 0) + 1n;
  }

  /** On disk when it resolves. */
  async write(
    number: bigint,
    { revision, inFlight }: HistoryRow,
    isDeleted: boolean,
    signal: AbortSignal,
  ): Promise<void> {
    const line = JSON.stringify({
      version: revision.version,
      name: revision.name,
      format_version: revision.formatVersion,
      checksum: revision.checksum,
      chain: revision.chain,
      up_body: revision.upBody,
      down_body: revision.downBody,
      direction: revision.direction,
      statements_total: revision.statementsTotal,
      statements_applied: revision.statementsApplied,
      statement_in_flight: revision.statementInFlight,
      statement_hashes: revision.statementHashes,
      started_at: revision.startedAt.replace("T", " ").replace("Z", ""),
      duration_ms: String(Math.round(revision.durationMs)),
      user: revision.user,
      host: revision.host,
      dbctl_version: revision.dbctlVersion,
      error: revision.error,
      in_flight: inFlight === null ? "" : JSON.stringify(inFlight),
      revision: String(number),
      deleted: isDeleted,
    });
    const columns = Object.keys(JSON.parse(line)).map(ident).join(", ");
    const sql = `INSERT INTO ${this.#table} (${columns}) FORMAT JSONEachRow`;
    await this.#connection.insert(sql, [Buffer.from(line)], { signal });
  }
}

/** What `reading` gives; null when its table or database is not there. */
export async function orNone<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    const code = serverException(error)?.code;
    if (code === UNKNOWN_TABLE || code === UNKNOWN_DATABASE) return null;
    throw error;
  }
}

function rowOf(row: Columns): HistoryRow {
  const [version, name, checksum, chain, upBody, downBody, direction, total, applied, isInFlight] = row;
  const [hashes, startedAtMs, durationMs, user, host, dbctlVersion, error, inFlight] = row.slice(10) as [
    string[],
    string,
    string,
    string,
    string,
    string,
    string | null,
    string,
  ];
  return {
    revision: {
      formatVersion: 1,
      version,
      name,
      checksum,
      chain,
      upBody,
      downBody,
      direction,
      statementsTotal: total,
      statementsApplied: applied,
      statementInFlight: Boolean(isInFlight),
      statementHashes: hashes,
      startedAt: new Date(Number(startedAtMs)).toISOString(),
      durationMs: Number(durationMs),
      user,
      host,
      dbctlVersion,
      error,
    },
    inFlight: inFlight === "" ? null : (JSON.parse(inFlight) as InFlight),
  };
}

/** Who runs this. */
export function runner(): { readonly user: string; readonly host: string } {
  let user = "unknown";
  try {
    user = userInfo().username;
  } catch {
    // A user id without a name, as containers have it.
    user = `uid ${process.getuid?.() ?? "unknown"}`;
  }
  return { user, host: hostname() };
}
