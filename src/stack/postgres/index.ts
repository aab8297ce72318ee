import type { EngineAnswer, EngineDefinition } from "../engine.ts";
import { USER } from "./cluster.ts";
import { provide } from "./provide.ts";

export const postgres: EngineDefinition = {
  store: "postgres",
  title: "PostgreSQL",
  urlVariable: "DATABASE_URL",
  // Fast shutdown: sessions are ended, data are flushed. SIGTERM would wait for every client.
  stopSignal: "SIGINT",
  provide,
  owns: (commandLine, place) => {
    const [program = "", settings] = commandLine.split(` -D ${place.dataDir} -c `);
    return settings !== undefined && program.endsWith("/postgres") ? "main" : null;
  },
  url: (place, port) => `postgres://${USER}:${encodeURIComponent(place.password)}@127.0.0.1:${port}/postgres`,
  probe,
};

async function probe(url: string, signal: AbortSignal): Promise<EngineAnswer> {
  const { default: pg } = await import("pg");
  const client = new pg.Client({
    connectionString: url,
    ssl: false,
    connectionTimeoutMillis: 5_000,
    query_timeout: 5_000,
  });
  client.on("error", () => {});
  const end = () => client.end().catch(() => {});
  signal.addEventListener("abort", end);
  try {
    await client.connect();
    const { rows } = await client.query<{ version: string; dir: string }>(
      "SELECT split_part(current_setting('server_version'), ' ', 1) AS version, current_setting('data_directory') AS dir",
    );
    return { version: rows[0]?.version ?? "", dataDir: rows[0]?.dir ?? "" };
  } finally {
    signal.removeEventListener("abort", end);
    await end();
  }
}
