import type { EngineAnswer, EngineDefinition } from "../engine.ts";
import { configFile, USER } from "./config.ts";
import { isEngineOfKeeper, provide } from "./provide.ts";

export const clickhouse: EngineDefinition = {
  store: "clickhouse",
  title: "ClickHouse",
  urlVariable: "CLICKHOUSE_URL",
  stopSignal: "SIGTERM",
  provide,
  owns: (commandLine, place) => {
    if (!`${commandLine} `.includes(` --config-file=${configFile(place)} `)) return null;
    return isEngineOfKeeper(commandLine) ? "part" : "main";
  },
  url: (place, port) => `http://${USER}:${encodeURIComponent(place.password)}@127.0.0.1:${port}`,
  probe,
};

async function probe(url: string, signal: AbortSignal): Promise<EngineAnswer> {
  const { origin, username, password } = new URL(url);
  const query = "SELECT version(), path FROM system.disks WHERE name = 'default' FORMAT JSONCompactEachRow";
  const response = await fetch(`${origin}/?query=${encodeURIComponent(query)}`, {
    headers: {
      "X-ClickHouse-User": decodeURIComponent(username),
      "X-ClickHouse-Key": decodeURIComponent(password),
      // An idle connection would delay the server's stop.
      Connection: "close",
    },
    signal,
  });
  const [version, dataDir] = (await response.json()) as [string, string];
  return { version, dataDir };
}
