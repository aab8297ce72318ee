import type { Connections } from "./connection.ts";

const SQL =
  "SELECT a.pid, a.usename, a.application_name, a.state, host(a.client_addr) AS address, " +
  "round(extract(epoch FROM clock_timestamp() - a.xact_start)) AS seconds " +
  "FROM unnest(pg_blocking_pids($1)) AS b(pid) JOIN pg_catalog.pg_stat_activity a ON a.pid = b.pid " +
  "ORDER BY a.xact_start NULLS LAST LIMIT 1";

/** Shortly before a wait for a lock is given up, finds out who is waited for. */
export class BlockerWatch {
  readonly #connections: Connections;
  readonly #timer: NodeJS.Timeout | null;
  readonly #stopped = new AbortController();
  #blocker: string | null = null;

  /** @param pid the backend that may have to wait. @param lockTimeoutMs 0: it waits for ever, nobody is named */
  constructor(connections: Connections, pid: number, lockTimeoutMs: number) {
    this.#connections = connections;
    this.#timer = lockTimeoutMs === 0 ? null : setTimeout(() => void this.#look(pid), lockTimeoutMs * 0.6);
  }

  /** Who it is, if that is known by now. */
  stop(): string | null {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#stopped.abort();
    return this.#blocker;
  }

  async #look(pid: number): Promise<void> {
    try {
      const [row] = await this.#connections.use(this.#stopped.signal, (session) => session.run(SQL, [pid]), {
        dedicated: true,
      });
      if (row === undefined) return;
      const name = row.application_name ? ` (${row.application_name})` : "";
      const from = row.address ? ` from ${row.address}` : "";
      const since = row.seconds === null ? "" : ` for ${row.seconds} s`;
      this.#blocker = `held by backend ${row.pid}${name} of ${row.usename}${from}, ${row.state}${since}`;
    } catch {
      // Then nobody is named.
    }
  }
}
