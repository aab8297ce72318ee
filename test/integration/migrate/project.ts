import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { loadConfig } from "../../../src/config/load.ts";
import type { Command, Context, Report } from "../../../src/context.ts";
import { openStores, type StoreSelection } from "../../../src/stores/open.ts";
import { type Reporter, silentReporter } from "../../../src/ui/reporter.ts";
import { engineUrl, testNamespace } from "../../support/engines.ts";
import { withoutStoreVariables } from "../../support/environment.ts";

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));

export type EngineName = "postgres" | "clickhouse";

export interface EngineProjectOptions {
  /** Default: both. */
  readonly stores?: readonly EngineName[];
  /** Instead of the shared test stack's. */
  readonly urls?: Partial<Record<EngineName, string>>;
  readonly entities?: readonly unknown[];
}

export interface Spawned {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A project `shop` in a temporary folder, on a namespace of its own of the shared engines. */
export interface EngineProject extends AsyncDisposable {
  readonly root: string;
  readonly namespace: string;
  readonly notes: string[];
  /** Writes files below `migrations/`; null removes a file or folder. */
  write(files: Readonly<Record<string, string | null>>): void;
  /** Calls a command as a function, with stores opened for it alone. */
  call<Options, Data>(
    command: Command<Options, Data>,
    options: Options,
    run?: StoreSelection & { readonly flags?: { readonly env?: string }; readonly signal?: AbortSignal },
  ): Promise<Report<Data>>;
  /** Runs the command line in a process of its own. */
  spawn(args: readonly string[], onStart?: (child: ChildProcess) => void): Promise<Spawned>;
  /** Rows of a query in the namespace. */
  postgres(sql: string): Promise<Record<string, unknown>[]>;
  /** Lines of a query in the namespace. */
  clickhouse(sql: string): Promise<string[]>;
}

export function engineProject(purpose: string, options: EngineProjectOptions = {}): EngineProject {
  const { stores = ["postgres", "clickhouse"], urls = {}, entities = [] } = options;
  const root = mkdtempSync(join(tmpdir(), "dbctl-migrate-"));
  const namespace = testNamespace(purpose);
  const notes: string[] = [];
  const storeEntries = stores.map((store) => [store, { url: urls[store] ?? engineUrl(store) }]);
  const config = { name: "shop", namespace, stores: Object.fromEntries(storeEntries), entities };
  writeFileSync(join(root, "dbctl.config.json"), JSON.stringify(config));
  const reporter: Reporter = { ...silentReporter, note: (message) => notes.push(message) };

  const call: EngineProject["call"] = async (command, commandOptions, run = {}) => {
    const loaded = await loadConfig({ cwd: root, flags: run.flags ?? {}, env: {} });
    const opened = openStores(loaded, run);
    const context: Context = {
      config: loaded,
      stores: opened,
      reporter,
      now: () => new Date(),
      prompt: async () => null,
      signal: run.signal ?? new AbortController().signal,
      dbctlVersion: "0.0.0",
      env: {},
    };
    try {
      return await command(context, commandOptions);
    } finally {
      await opened.close();
    }
  };
  return {
    root,
    namespace,
    notes,
    call,
    write: (files) => writeBelow(join(root, "migrations"), files),
    spawn: (args, onStart) => spawnMain(root, args, onStart),
    postgres: (sql) => queryPostgres(namespace, sql),
    clickhouse: (sql) => queryClickhouse(`?database=${namespace}&mutations_sync=2`, sql),
    async [Symbol.asyncDispose]() {
      rmSync(root, { recursive: true, force: true });
      if (stores.includes("postgres")) {
        await queryPostgres(null, `DROP DATABASE IF EXISTS "${namespace}" WITH (FORCE)`);
      }
      if (stores.includes("clickhouse"))
        await queryClickhouse("", `DROP DATABASE IF EXISTS ${namespace} SYNC`);
    },
  };
}

function writeBelow(folder: string, files: Readonly<Record<string, string | null>>): void {
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, path);
    if (text === null) rmSync(file, { recursive: true });
    else {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  }
}

function spawnMain(
  cwd: string,
  args: readonly string[],
  onStart?: (child: ChildProcess) => void,
): Promise<Spawned> {
  const child = spawn(process.execPath, [MAIN, ...args], { cwd, env: withoutStoreVariables(process.env) });
  const texts = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      texts[name] += text;
    });
  }
  onStart?.(child);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status, signal) => resolve({ status, signal, ...texts }));
  });
}

async function queryPostgres(database: string | null, sql: string): Promise<Record<string, unknown>[]> {
  const url = new URL(engineUrl("postgres") ?? "");
  if (database !== null) url.pathname = `/${database}`;
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

async function queryClickhouse(query: string, sql: string): Promise<string[]> {
  const url = new URL(engineUrl("clickhouse") ?? "");
  const login = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  const response = await fetch(`${url.origin}/${query}`, {
    method: "POST",
    headers: { authorization: `Basic ${btoa(login)}` },
    body: sql,
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${sql}: ${text}`);
  return text.trimEnd() === "" ? [] : text.trimEnd().split("\n");
}
