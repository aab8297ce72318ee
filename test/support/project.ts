import { spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import type { StoreName } from "../../src/stores/store.ts";
import { withoutStoreVariables } from "./environment.ts";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const binary = join(repository, "bin/dbctl.js");

/** What `--json` prints, as far as tests look at it. */
export interface Envelope<Data> {
  readonly exitCode: number;
  readonly data: Data;
  readonly error: { readonly code: string; readonly message: string } | null;
}

export interface Spawned {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface SpawnOptions {
  /** Added to an environment that names no store. */
  readonly env?: Readonly<Record<string, string>>;
  /** Let the output through instead of returning it. */
  readonly show?: boolean;
}

/** A project in a folder of its own, in which the built binary runs as a user would run it. */
export interface Project {
  readonly dir: string;
  dbctl(args: readonly string[], options?: SpawnOptions): Promise<Spawned>;
  json<Data>(args: readonly string[]): Promise<Envelope<Data>>;
  /** One statement on the project's local stack; returns TSV. Mutations are waited for. */
  clickhouse(sql: string): Promise<string>;
  postgres(sql: string): Promise<void>;
  /** Stops the local stack and removes the folder. */
  remove(): Promise<void>;
}

/** Copies `parts` of the folder `from` into a new project; `dbctl` and its packages resolve from there. */
export async function createProject(
  from: string,
  parts: readonly string[],
  database: string,
): Promise<Project> {
  const dir = await mkdtemp(join(tmpdir(), "dbctl-project-"));
  await mkdir(join(dir, "node_modules"));
  await symlink(repository, join(dir, "node_modules/dbctl"), "dir");
  await symlink(
    join(repository, "node_modules/vega-datasets"),
    join(dir, "node_modules/vega-datasets"),
    "dir",
  );
  for (const part of parts) await cp(join(from, part), join(dir, part), { recursive: true });

  const dbctl: Project["dbctl"] = (args, options = {}) => spawnDbctl(dir, args, options);
  return {
    dir,
    dbctl,
    json: async (args) => {
      const { status, stdout, stderr } = await dbctl([...args, "--json"]);
      if (stdout === "") throw new Error(`dbctl ${args.join(" ")} ended with ${status} and said: ${stderr}`);
      return JSON.parse(stdout);
    },
    clickhouse: async (sql) => queryClickhouse(await engineUrl(dir, "clickhouse"), database, sql),
    postgres: async (sql) => {
      const url = await engineUrl(dir, "postgres");
      url.pathname = `/${database}`;
      const client = new pg.Client({ connectionString: url.href });
      await client.connect();
      try {
        await client.query(sql);
      } finally {
        await client.end();
      }
    },
    remove: async () => {
      await dbctl(["stack", "down", "--purge"]);
      await rm(dir, { recursive: true, force: true });
    },
  };
}

function spawnDbctl(cwd: string, args: readonly string[], { env, show }: SpawnOptions): Promise<Spawned> {
  const output = show === true ? "inherit" : "pipe";
  const child = spawn(process.execPath, [binary, ...args], {
    cwd,
    env: { ...withoutStoreVariables(process.env), ...env },
    stdio: ["ignore", output, output],
  });
  const texts = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (text) => {
      texts[name] += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => resolve({ status: status ?? 1, ...texts }));
  });
}

async function engineUrl(dir: string, store: StoreName): Promise<URL> {
  const stack = JSON.parse(await readFile(join(dir, ".dbctl/stack.json"), "utf8"));
  return new URL(stack.engines[store].url);
}

async function queryClickhouse(url: URL, database: string, sql: string): Promise<string> {
  const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  const response = await fetch(`${url.origin}/?database=${database}&mutations_sync=2`, {
    method: "POST",
    headers: { authorization: `Basic ${btoa(credentials)}` },
    body: sql,
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${sql}: ${text}`);
  return text.trim();
}
