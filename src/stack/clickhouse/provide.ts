import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { DbctlError } from "../../errors.ts";
import {
  allowedProvider,
  type EngineCommand,
  type EnginePlace,
  type ProvidedEngine,
  type ProvideRequest,
} from "../engine.ts";
import { isReachable } from "../home.ts";
import { type EnginePackage, installPackage } from "../packages.ts";
import { isGlibc, PLATFORM } from "../platform.ts";
import { configFile, writeConfig } from "./config.ts";

const OLDEST = "24.8";
const PACKAGE: EnginePackage = {
  store: "clickhouse",
  title: "ClickHouse 26.7",
  folder: new URL("./package/", import.meta.url),
  totalBytes: 740_000_000,
};

/** `clickhouse` on the PATH, else npm's. `DBCTL_STACK_CLICKHOUSE=system|npm` allows only that one. */
export async function provide(request: ProvideRequest): Promise<ProvidedEngine> {
  const only = allowedProvider("clickhouse", request.env);
  const system = only === "npm" ? undefined : findSystem(request);
  if (system !== undefined) {
    return provided(`system (${system})`, 0, (place) => serverCommand(system, place));
  }
  if (only !== "system" && PLATFORM === "linux-x64" && isGlibc()) {
    const { folder, downloadMs } = await installPackage(PACKAGE, request);
    return provided("npm (@chdb/lib-linux-x64-gnu)", downloadMs, (place, port) =>
      keeperCommand(folder, place, port),
    );
  }
  throw new DbctlError("ENGINE_UNAVAILABLE", "ClickHouse is not on this machine", {
    store: "clickhouse",
    hint: `install clickhouse ${OLDEST} or newer, or set CLICKHOUSE_URL: a server in a container will do`,
  });
}

function provided(provider: string, downloadMs: number, command: ProvidedEngine["command"]): ProvidedEngine {
  return { provider, downloadMs, prepare: async (place, port) => writeConfig(place, port), command };
}

function findSystem(request: ProvideRequest): string | undefined {
  return (request.env.PATH ?? "")
    .split(delimiter)
    .map((dir) => join(dir, "clickhouse"))
    .filter((file) => existsSync(file) && isReachable(file, request.place.runAs))
    .find((file) => {
      const { stdout } = spawnSync(file, ["--version"], { encoding: "utf8", timeout: 10_000 });
      return ordinal(/version (\d+\.\d+)/.exec(stdout ?? "")?.[1] ?? "0.0") >= ordinal(OLDEST);
    });
}

function ordinal(version: string): number {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major * 1_000 + minor;
}

function script(name: string): string {
  return fileURLToPath(new URL(`./${name}${extname(import.meta.url)}`, import.meta.url));
}

function serverCommand(file: string, place: EnginePlace): EngineCommand {
  return { file, args: ["server", `--config-file=${configFile(place)}`], runAs: place.runAs };
}

/** Whether this is the command line with which the keeper starts the engine. */
export function isEngineOfKeeper(commandLine: string): boolean {
  return / \S.*\/stack\/clickhouse\/engine\.[jt]s /.test(commandLine);
}

/** The keeper starts as we are, since it has to read the library, and gives its rights up itself. */
function keeperCommand(folder: string, place: EnginePlace, port: number): EngineCommand {
  const keeper = script("keeper");
  const user = place.runAs === null ? "" : `${place.runAs.uid}:${place.runAs.gid}`;
  const args = [
    `--http_port=${port}`,
    "--listen_host=127.0.0.1",
    `--path=${place.dataDir}`,
    `--config-file=${configFile(place)}`,
    "--logger.level=warning",
    "--log-level=warning",
    "--logger.console=1",
  ];
  return { file: process.execPath, args: [keeper, folder, user, ...args], runAs: null };
}
