import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { inject } from "vitest";
import {
  readStack,
  type StackDown,
  type StackEngine,
  type StackOptions,
  type StackUp,
  stackDown,
  stackStatus,
  stackUp,
} from "../../../src/stack/index.ts";
import type { StoreName } from "../../../src/stores/store.ts";
import { silentReporter } from "../../../src/ui/reporter.ts";
import type { Surroundings } from "./reachable.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** A project of the test's own, with a stack of its own that is purged at the end. */
export class Project implements AsyncDisposable {
  readonly root: string;
  readonly #folder: string;
  readonly #env: Env;

  /** `mode` is that of the folder the project lies in. */
  constructor(options: { readonly env?: Env; readonly mode?: number } = {}) {
    this.#folder = mkdtempSync(join(inject("runFolder"), "test-"));
    // Spaces, markup and letters beyond ASCII, and longer than the path of a socket may be.
    this.root = mkdtempSync(join(this.#folder, `pröject & <späces> ${"x".repeat(120)} `));
    chmodSync(this.root, 0o755);
    chmodSync(this.#folder, options.mode ?? 0o755);
    this.#env = { ...cleanEnv(), ...options.env };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down(true);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  options(overrides: Partial<StackOptions> = {}): StackOptions {
    const signal = AbortSignal.timeout(120_000);
    const env = { ...this.#env, ...overrides.env };
    return { root: this.root, reporter: silentReporter, signal, ...overrides, env };
  }

  up(overrides: Partial<StackOptions> = {}): Promise<StackUp> {
    return stackUp(this.options(overrides));
  }

  down(purge = false): Promise<StackDown> {
    return stackDown({ ...this.options(), purge });
  }

  async states(overrides: Partial<StackOptions> = {}): Promise<Record<string, string>> {
    const { engines } = await stackStatus(this.options(overrides));
    return Object.fromEntries(engines.map(({ store, state }) => [store, state]));
  }

  engine(store: StoreName): StackEngine {
    const engine = readStack(this.root)?.engines[store];
    if (engine === undefined) throw new Error(`${store} is not in stack.json`);
    return engine;
  }

  /** Pids of everything whose arguments name the project's data, wherever they are. */
  processes(): { pid: number; argv: string; uid: number }[] {
    const home = readStack(this.root)?.home ?? this.root;
    return readdirSync("/proc").flatMap((name) => {
      try {
        const argv = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ");
        const status = readFileSync(`/proc/${name}/status`, "utf8");
        const uid = Number(/^Uid:\s+(\d+)/m.exec(status)?.[1]);
        return argv.includes(`${home}/`) && !/^State:\s+Z/m.test(status)
          ? [{ pid: Number(name), argv, uid }]
          : [];
      } catch {
        return [];
      }
    });
  }

  /** A stack command of another process, started now. */
  spawn(action: "up" | "down" | "purge", options: SpawnOptions = {}): StackChild {
    const { env, uid, stores = "postgres,clickhouse", surroundings } = options;
    const script = fileURLToPath(new URL("./stack-process.ts", import.meta.url));
    const node = surroundings?.node ?? process.execPath;
    const file = surroundings
      ? join(surroundings.checkout, "test/integration/stack/stack-process.ts")
      : script;
    const child = spawn(node, [file, action, this.root, stores], {
      env: { ...this.#env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      cwd: "/",
      ...(uid === undefined ? {} : { uid, gid: uid }),
    });
    return new StackChild(child);
  }
}

interface SpawnOptions {
  readonly env?: Env;
  readonly uid?: number;
  readonly stores?: string;
  /** For another user, who may not see ours. */
  readonly surroundings?: Surroundings;
}

export class StackChild {
  readonly child: ChildProcess;
  readonly #ended: Promise<{ code: number | null; stdout: string; stderr: string }>;

  constructor(child: ChildProcess) {
    this.child = child;
    this.#ended = this.#wait();
  }

  async #wait() {
    const { stdout: out, stderr: err } = this.child;
    const [[code], stdout, stderr] = await Promise.all([
      once(this.child, "close") as Promise<[number | null]>,
      out === null ? "" : text(out),
      err === null ? "" : text(err),
    ]);
    return { code, stdout, stderr };
  }

  ended() {
    return this.#ended;
  }

  /** What it printed. Throws its errors when it failed. */
  async result<T = StackUp>(): Promise<T> {
    const { code, stdout, stderr } = await this.#ended;
    if (code !== 0) throw new Error(`ended with ${code}: ${stderr}`);
    return JSON.parse(stdout) as T;
  }
}

/** The environment without addresses of stores. */
export function cleanEnv(): Env {
  const { DATABASE_URL: _postgres, CLICKHOUSE_URL: _clickhouse, ...env } = process.env;
  return env;
}

export async function queryPostgres(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** The answer's text; throws the server's words when it refuses. */
export async function queryClickhouse(url: string, sql: string): Promise<string> {
  const { origin, username, password } = new URL(url);
  const headers: Record<string, string> = {
    "X-ClickHouse-User": username,
    "X-ClickHouse-Key": password,
    // An idle connection would delay the server's stop by 5 s.
    Connection: "close",
  };
  const response = await fetch(origin, { method: "POST", body: sql, headers });
  const body = await response.text();
  if (!response.ok) throw new Error(body);
  return body.trim();
}

/** Writes a row into both engines, and reads it again: data that must survive. */
export async function writeMark(project: Project): Promise<void> {
  await queryPostgres(project.engine("postgres").url, "CREATE TABLE IF NOT EXISTS mark AS SELECT 42 AS n");
  const { url } = project.engine("clickhouse");
  await queryClickhouse(url, "CREATE DATABASE IF NOT EXISTS mark");
  await queryClickhouse(url, "CREATE OR REPLACE TABLE mark.mark (n Int32) ENGINE = MergeTree ORDER BY n");
  await queryClickhouse(url, "INSERT INTO mark.mark VALUES (42)");
}

export async function readMark(project: Project): Promise<unknown[]> {
  const rows = await queryPostgres(project.engine("postgres").url, "SELECT n FROM mark");
  const text = await queryClickhouse(project.engine("clickhouse").url, "SELECT n FROM mark.mark");
  return [rows[0]?.n, Number(text)];
}
