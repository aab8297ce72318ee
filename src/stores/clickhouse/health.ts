import { asDbctlError } from "../../errors.ts";
import type { HealthReport } from "../store.ts";
import type { Connection } from "./connection.ts";
import { text } from "./sql.ts";

type Finding = HealthReport["findings"][number];

const MANY_PARTS = 300;

/** Never throws for a sick server; ends within `deadlineMs`. @throws STORE_CLOSED, CANCELLED */
export async function health(
  connection: Connection,
  namespace: string,
  { signal, deadlineMs }: { readonly signal: AbortSignal; readonly deadlineMs: number },
): Promise<HealthReport> {
  const store = "clickhouse" as const;
  const limitMs = performance.now() + deadlineMs * 0.95;
  const ask = <Row extends readonly unknown[]>(sql: string) =>
    connection.query<Row>(sql, { signal, timeoutMs: Math.max(1, Math.floor(limitMs - performance.now())) });
  let version: string | null = null;
  let latencyMs: number | null = null;
  try {
    const startedMs = performance.now();
    const [first] = await ask<[string]>("SELECT version()");
    latencyMs = performance.now() - startedMs;
    version = first?.[0] ?? null;
    const [[exists], [size], findings] = await Promise.all([
      ask(`SELECT 1 FROM system.databases WHERE name = ${text(namespace)}`),
      ask<[string]>(
        `SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database = ${text(namespace)}`,
      ),
      troubles(ask, namespace),
    ]);
    const sizeBytes = exists === undefined ? null : Number(size?.[0] ?? 0);
    return {
      store,
      state: "up",
      version,
      latencyMs,
      sizeBytes,
      namespaceExists: exists !== undefined,
      findings,
    };
  } catch (thrown) {
    const error = asDbctlError(thrown);
    if (error.code === "STORE_CLOSED" || error.code === "CANCELLED") throw error;
    const { code, message, hint } = error;
    const state = version === null ? "down" : "up";
    const findings: Finding[] = [{ code, severity: "critical", message, hint }];
    return { store, state, version, latencyMs, sizeBytes: null, namespaceExists: false, findings };
  }
}

type Ask = <Row extends readonly unknown[]>(sql: string) => Promise<Row[]>;

/** What is wrong in the namespace although the server is up. */
async function troubles(ask: Ask, namespace: string): Promise<Finding[]> {
  const at = `database = ${text(namespace)}`;
  const [mutations, parts, replicas] = await Promise.all([
    ask<[string, string]>(
      `SELECT table, any(latest_fail_reason) FROM system.mutations
       WHERE ${at} AND NOT is_done AND latest_fail_reason != '' GROUP BY table`,
    ),
    ask<[string, string]>(
      `SELECT table, max(parts) FROM (SELECT table, partition, count() AS parts FROM system.parts
       WHERE active AND ${at} GROUP BY table, partition) GROUP BY table HAVING max(parts) > ${MANY_PARTS}`,
    ),
    ask<[string]>(`SELECT table FROM system.replicas WHERE ${at} AND is_readonly`).catch(() => []),
  ]);
  const warning = (code: string, message: string, hint: string): Finding => ({
    code,
    severity: "warning",
    message,
    hint,
  });
  return [
    ...mutations.map(([table, reason]) =>
      warning(
        "STATEMENT_FAILED",
        `a mutation of ${namespace}.${table} fails again and again: ${reason.slice(0, 300)}`,
        `see system.mutations; KILL MUTATION WHERE ${at} AND table = ${text(table)}`,
      ),
    ),
    ...parts.map(([table, count]) =>
      warning(
        "STATEMENT_FAILED",
        `${namespace}.${table} has ${count} parts in a partition; inserts are delayed from 1,000 on`,
        "insert in larger batches, or wait for merges",
      ),
    ),
    ...replicas.map(([table]) =>
      warning("STATEMENT_FAILED", `${namespace}.${table} is read-only here`, "check ClickHouse Keeper"),
    ),
  ];
}
