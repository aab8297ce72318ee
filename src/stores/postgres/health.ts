import { asDbctlError, DbctlError } from "../../errors.ts";
import type { HealthReport } from "../store.ts";
import { Connections } from "./connection.ts";
import { isMissing, type Server, withMaintenance } from "./database.ts";
import { sqlstateOf } from "./errors.ts";
import { quoteText } from "./literal.ts";
import type { Session } from "./session.ts";
import { fillSql, readSql } from "./sql-file.ts";

type Finding = HealthReport["findings"][number];

const FACTS = readSql("facts.sql");
const SCHEMA_SIZE =
  "SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::int8 AS size FROM pg_catalog.pg_class " +
  "WHERE relkind IN ('r', 'm') AND relnamespace = ";
const LOCK_NOT_AVAILABLE = "55P03";
/** What is left of the deadline for taking the answer apart. */
const MARGIN = 0.95;
const CROWDED = 0.9;

/** On connections of its own: the pool may be taken. @throws STORE_CLOSED, CANCELLED */
export async function health(
  server: Server,
  { signal, deadlineMs }: { readonly signal: AbortSignal; readonly deadlineMs: number },
): Promise<HealthReport> {
  if (server.connections.isClosed) throw server.faults.closed();
  if (signal.aborted) throw server.faults.cancelled();
  const patience = AbortSignal.timeout(Math.max(1, Math.floor(deadlineMs * MARGIN)));
  const options = { ...server.options, poolSize: 1 };
  const connections = new Connections(options, server.namespace.database, server.faults);
  const probe = new Probe({ ...server, options, connections }, AbortSignal.any([signal, patience]));
  try {
    return await probe.run();
  } catch (thrown) {
    if (signal.aborted) throw server.faults.cancelled();
    return probe.failed(patience.aborted ? timedOut(server, deadlineMs) : asDbctlError(thrown));
  } finally {
    // Cutting a connection to a server that hangs takes longer than the deadline allows.
    connections.close().catch(() => {});
  }
}

function timedOut({ faults, options }: Server, deadlineMs: number): DbctlError {
  const { host, port } = options.connection;
  const message = `postgres at ${host}:${port} did not answer within ${deadlineMs} ms`;
  return faults.fault("STORE_TIMEOUT", message);
}

/** Asks one thing after the other, so that what was learnt is told although the rest hangs. */
class Probe {
  readonly #server: Server;
  readonly #signal: AbortSignal;
  #version: string | null = null;
  #latencyMs: number | null = null;

  constructor(server: Server, signal: AbortSignal) {
    this.#server = server;
    this.#signal = signal;
  }

  async run(): Promise<HealthReport> {
    try {
      return await this.#server.connections.use(this.#signal, (session) => this.#inNamespace(session));
    } catch (error) {
      if (!isMissing(error)) throw error;
      const facts = await withMaintenance(this.#server, this.#signal, (session) => this.#facts(session));
      return this.#report({ sizeBytes: null, namespaceExists: false, findings: crowding(facts) });
    }
  }

  failed({ code, message, hint }: DbctlError): HealthReport {
    const findings: Finding[] = [{ code, severity: "critical", message, hint }];
    const report = this.#report({ sizeBytes: null, namespaceExists: false, findings });
    return { ...report, state: this.#version === null ? "down" : "up" };
  }

  async #inNamespace(session: Session): Promise<HealthReport> {
    const facts = await this.#facts(session);
    const namespaceExists = facts.schema_exists === "t";
    const findings = crowding(facts);
    const size = namespaceExists ? await this.#size(session) : null;
    if (size instanceof DbctlError) {
      const { code, message, hint } = size;
      findings.push({ code, severity: "warning", message: `its size is not known: ${message}`, hint });
    }
    return this.#report({ sizeBytes: typeof size === "number" ? size : null, namespaceExists, findings });
  }

  async #facts(session: Session) {
    const startedMs = performance.now();
    await session.run("SELECT 1");
    this.#latencyMs = performance.now() - startedMs;
    const [row = {}] = await session.run(
      fillSql(FACTS, { schema: quoteText(this.#server.namespace.schema) }),
    );
    this.#version = row.version ?? null;
    return row;
  }

  async #size(session: Session): Promise<number | DbctlError> {
    const { kind, schema } = this.#server.namespace;
    const select =
      kind === "database"
        ? "SELECT pg_database_size(current_database()) AS size"
        : `${SCHEMA_SIZE} (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = ${quoteText(schema)})`;
    try {
      const [row] = await session.run(`BEGIN READ ONLY; SET LOCAL lock_timeout = 100; ${select}; COMMIT`);
      return Number(row?.size);
    } catch (error) {
      const isExpected =
        sqlstateOf(error) === LOCK_NOT_AVAILABLE || asDbctlError(error).code === "PERMISSION_DENIED";
      if (isExpected) return asDbctlError(error);
      throw error;
    }
  }

  #report(rest: Pick<HealthReport, "sizeBytes" | "namespaceExists" | "findings">): HealthReport {
    return { store: "postgres", state: "up", version: this.#version, latencyMs: this.#latencyMs, ...rest };
  }
}

/** A server that is nearly out of connections refuses the next one. */
function crowding(facts: Readonly<Record<string, string | null>>): Finding[] {
  const [used, limit] = [Number(facts.connections_used), Number(facts.connection_limit)];
  if (!(used >= limit * CROWDED)) return [];
  const message = `${used} of ${limit} connections are in use`;
  const hint = "raise max_connections, use a pooler, or end idle clients (pg_stat_activity)";
  return [{ code: "STORE_UNREACHABLE", severity: "warning", message, hint }];
}
