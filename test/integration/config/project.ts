import { createServer, type Server } from "node:net";
import { onTestFinished } from "vitest";
import type { Config } from "../../../src/config/config.ts";
import { type ConfigFlags, loadConfig } from "../../../src/config/load.ts";
import type { Context } from "../../../src/context.ts";
import { openStores, type StoreSelection } from "../../../src/stores/open.ts";
import { silentReporter } from "../../../src/ui/reporter.ts";
import { jsonProject } from "../../unit/config/project.ts";

export interface ProjectOptions {
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly flags?: ConfigFlags;
  readonly env?: Readonly<Record<string, string>>;
  readonly selection?: StoreSelection;
  readonly signal?: AbortSignal;
}

/** What a command gets in a project with this configuration; its stores are closed when the test ends. */
export async function contextFor(options: ProjectOptions): Promise<Context & { readonly config: Config }> {
  const { configuration, flags = {}, env = {}, selection = {} } = options;
  const root = await jsonProject(configuration);
  const config = await loadConfig({ cwd: root, flags, env });
  const stores = openStores(config, selection);
  onTestFinished(() => stores.close());
  return {
    config,
    stores,
    reporter: silentReporter,
    now: () => new Date(),
    prompt: async () => null,
    signal: options.signal ?? new AbortController().signal,
    dbctlVersion: "0.0.0",
    env,
  };
}

/** A port on loopback that takes connections and never says a word. */
export async function blackHole(): Promise<number> {
  const sockets = new Set<import("node:net").Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return listen(server);
}

/** A port on loopback where nothing listens. */
export async function closedPort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
