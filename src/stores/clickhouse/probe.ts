import { DbctlError } from "../../errors.ts";
import { sleep } from "../../util/sleep.ts";
import type { Connection } from "./connection.ts";
import type { Effect } from "./effect.ts";
import type { InFlight } from "./history.ts";
import { text } from "./sql.ts";

const POLL_MS = 100;
/** A request that left just before its sender died may still be on its way into the server. */
const ARRIVAL_MS = 500;

/** Finds out what a statement did that nobody saw the end of. */
export class Probe {
  readonly #connection: Connection;
  readonly #namespace: string;

  constructor(connection: Connection, namespace: string) {
    this.#connection = connection;
    this.#namespace = namespace;
  }

  /** The server's clock, and what the statement will change; null when nothing can tell. */
  async look(effect: Effect, signal: AbortSignal): Promise<{ startedAtS: number; before: string | null }> {
    const state = stateSql(effect, this.#namespace);
    const sql = `SELECT toUnixTimestamp(now()), (${state ?? "SELECT NULL"})`;
    const [row] = await this.#connection.query<[number, string | null]>(sql, { signal });
    return { startedAtS: row?.[0] ?? 0, before: state === null ? null : (row?.[1] ?? "") };
  }

  /** Waits until the server no longer works on the statement. @param limitMs after which it is killed; 0: never */
  async settle({ queryId, startedAtS }: InFlight, limitMs: number, signal: AbortSignal): Promise<void> {
    const sql = `SELECT count(), toUnixTimestamp(now()) FROM system.processes WHERE query_id = ${text(queryId)}`;
    const startedMs = performance.now();
    for (;;) {
      const [row] = await this.#connection.query<[string, number]>(sql, { signal });
      const isRunning = Number(row?.[0]) > 0;
      const ageMs = ((row?.[1] ?? 0) - startedAtS) * 1000;
      if (!isRunning && (ageMs >= 2 * ARRIVAL_MS || performance.now() - startedMs >= ARRIVAL_MS)) return;
      if (limitMs > 0 && performance.now() - startedMs > limitMs) {
        await this.#connection.run(`KILL QUERY WHERE query_id = ${text(queryId)} SYNC`, { signal });
        return;
      }
      await sleep(POLL_MS, signal);
    }
  }

  /** Whether the statement took effect; null when only running it again can tell. */
  async verdict(effect: Effect, inFlight: InFlight, signal: AbortSignal): Promise<boolean | null> {
    if (await this.#isLoggedAsFinished(inFlight.queryId, signal)) return true;
    const { before } = inFlight;
    if (effect.kind === "definition" || before === null) return null;
    if (effect.kind === "data" && (await this.#hasRestarted(inFlight.startedAtS, signal))) return null;
    const now = (await this.look(effect, signal)).before;
    if (now === null) return null;
    if (effect.kind === "data") return Number(now || -1) > Number(before || -1);
    if (effect.kind === "swap") return now !== before;
    const known = new Set(before.split(","));
    const fresh = now.split(",").filter((id) => !known.has(id));
    if (fresh.length === 0) return false;
    await this.#awaitMutations(effect, fresh, signal);
    return true;
  }

  /** A mutation that failed is tried for ever and blocks those behind it: takes away what came after `before`. */
  async killNewMutations(effect: Effect, before: string | null, signal: AbortSignal): Promise<void> {
    if (effect.kind !== "mutation" || effect.target === null || before === null) return;
    const known = before.split(",").filter(Boolean).map(text);
    const others = known.length === 0 ? "" : ` AND mutation_id NOT IN (${known.join(", ")})`;
    const at = targetSql(effect.target, this.#namespace);
    await this.#connection.run(`KILL MUTATION WHERE ${at} AND NOT is_done${others} SYNC`, { signal });
  }

  async #awaitMutations(effect: Effect, ids: readonly string[], signal: AbortSignal): Promise<void> {
    if (effect.target === null) return;
    const at = targetSql(effect.target, this.#namespace);
    const sql = `SELECT any(latest_fail_reason) FROM system.mutations
      WHERE ${at} AND NOT is_done AND mutation_id IN (${ids.map(text).join(", ")}) HAVING count() > 0`;
    for (;;) {
      const [row] = await this.#connection.query<[string]>(sql, { signal });
      if (row === undefined) return;
      if (row[0] !== "") {
        throw new DbctlError("STATEMENT_FAILED", `a mutation of ${effect.target.table} fails: ${row[0]}`, {
          store: "clickhouse",
        });
      }
      await sleep(POLL_MS, signal);
    }
  }

  /** The query log, where there is one, knows for certain. */
  async #isLoggedAsFinished(queryId: string, signal: AbortSignal): Promise<boolean> {
    const has = "SELECT 1 FROM system.tables WHERE database = 'system' AND name = 'query_log'";
    if ((await this.#connection.query(has, { signal })).length === 0) return false;
    const sql = `SELECT 1 FROM system.query_log WHERE query_id = ${text(queryId)} AND type = 'QueryFinish' LIMIT 1`;
    try {
      await this.#connection.run("SYSTEM FLUSH LOGS", { signal });
      return (await this.#connection.query(sql, { signal })).length > 0;
    } catch (error) {
      if (signal.aborted) throw error;
      // Not allowed to look.
      return false;
    }
  }

  async #hasRestarted(sinceS: number, signal: AbortSignal): Promise<boolean> {
    const [row] = await this.#connection.query<[string]>("SELECT toUnixTimestamp(now()) - uptime()", {
      signal,
    });
    return Number(row?.[0]) > sinceS;
  }
}

type Target = NonNullable<Effect["target"]>;

function targetSql({ database, table }: Target, namespace: string): string {
  return `database = ${text(database ?? namespace)} AND table = ${text(table)}`;
}

/** A scalar of String that changes when the statement takes effect. */
function stateSql({ kind, target }: Effect, namespace: string): string | null {
  if (target === null) return null;
  const at = targetSql(target, namespace);
  switch (kind) {
    case "data":
      // Merges keep the highest number; only new data raises it.
      return `SELECT if(count() = 0, '', toString(max(max_block_number))) FROM system.parts WHERE ${at}`;
    case "mutation":
      return `SELECT arrayStringConcat(arraySort(groupUniqArray(mutation_id)), ',') FROM system.mutations WHERE ${at}`;
    case "swap":
      return `SELECT toString(any(uuid)) FROM system.tables WHERE ${at.replace(" AND table = ", " AND name = ")}`;
    case "definition":
      return null;
  }
}
