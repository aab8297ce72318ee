import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Config, Environment, StoreConfig } from "../../../src/config/config.ts";
import type { Entity } from "../../../src/config/entity.ts";
import { Secrets } from "../../../src/config/secrets.ts";
import type { Context, StoreSet } from "../../../src/context.ts";
import { DbctlError } from "../../../src/errors.ts";
import type { Store, StoreName, StoreOptions } from "../../../src/stores/store.ts";
import { type Reporter, silentReporter } from "../../../src/ui/reporter.ts";
import { type FakeOptions, FakeServer, openFake } from "../../support/fake.ts";

/** A project in a temporary folder over stores in memory: PostgreSQL's stand-in is transactional, ClickHouse's is not. */
export interface FakeProject extends AsyncDisposable {
  readonly root: string;
  readonly servers: Readonly<Record<FakeStoreName, FakeServer>>;
  /** What went to whoever watches. */
  readonly notes: string[];
  /** Writes files below `migrations/`; null removes one. */
  write(files: Readonly<Record<string, string | null>>): void;
  /** A run of its own: it opens the stores anew, as a process would. */
  context(options?: RunOptions): Context;
}

export type FakeStoreName = "postgres" | "clickhouse";

export interface RunOptions {
  readonly environment?: Environment;
  readonly skip?: readonly FakeStoreName[];
  readonly optional?: readonly FakeStoreName[];
  readonly only?: readonly FakeStoreName[];
  readonly entities?: readonly Entity[];
  readonly signal?: AbortSignal;
  readonly password?: string;
  /** Takes the lock away from the stores. */
  readonly lockless?: boolean;
}

const NAMES: readonly FakeStoreName[] = ["postgres", "clickhouse"];

export function fakeProject(): FakeProject {
  const root = mkdtempSync(join(tmpdir(), "dbctl-fake-"));
  const servers = { postgres: new FakeServer(), clickhouse: new FakeServer() };
  const notes: string[] = [];
  const opened: Store[] = [];
  return {
    root,
    servers,
    notes,
    write(files) {
      for (const [path, text] of Object.entries(files)) {
        const file = join(root, "migrations", path);
        if (text === null) rmSync(file, { recursive: true });
        else {
          mkdirSync(dirname(file), { recursive: true });
          writeFileSync(file, text);
        }
      }
    },
    context(options = {}) {
      const open = (name: FakeStoreName): Store => {
        const store = openOne(name, servers[name], options);
        opened.push(store);
        return store;
      };
      return contextOf({ root, notes, open }, options);
    },
    async [Symbol.asyncDispose]() {
      for (const store of opened) await store.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

function openOne(name: FakeStoreName, server: FakeServer, { password, lockless }: RunOptions): Store {
  const options: FakeOptions = {
    name,
    server,
    namespace: "shop",
    connectTimeoutMs: 200,
    traits: { transactionalDdl: name === "postgres" },
    ...(password !== undefined && { password }),
  };
  const { withLock, ...store } = openFake(options);
  return lockless || withLock === undefined ? store : { ...store, withLock };
}

interface Surroundings {
  readonly root: string;
  readonly notes: string[];
  readonly open: (name: FakeStoreName) => Store;
}

function contextOf({ root, notes, open }: Surroundings, options: RunOptions): Context {
  const configured = options.only ?? NAMES;
  const known = new Map<StoreName, Promise<Store>>();
  const isOptional = (name: StoreName) => options.optional?.some((store) => store === name) ?? false;
  const isSkipped = (name: StoreName) => options.skip?.some((store) => store === name) ?? false;
  const stores: StoreSet = {
    names: configured.filter((name) => !isSkipped(name)),
    skipped: configured.filter(isSkipped),
    isOptional,
    get(name) {
      const found = configured.find((store) => store === name);
      if (found === undefined) throw new DbctlError("STORE_NOT_CONFIGURED", `no ${name}`);
      const store = known.get(name) ?? Promise.resolve(open(found));
      known.set(name, store);
      return store;
    },
  };
  const storeConfig = (name: FakeStoreName): [StoreName, StoreConfig] => [
    name,
    { options: {} as StoreOptions, optional: isOptional(name), loopback: true },
  ];
  const config: Config = {
    name: "shop",
    environment: options.environment ?? "development",
    environmentNamed: options.environment !== undefined,
    root,
    file: join(root, "dbctl.config.ts"),
    stores: new Map(configured.map(storeConfig)),
    missing: new Map(),
    entities: options.entities ?? [],
    migrationsDir: join(root, "migrations"),
    seedsDir: join(root, "seeds"),
    confirm: null,
    envFiles: [],
    warnings: [],
    secrets: new Secrets(),
    origins: new Map(),
  };
  const reporter: Reporter = { ...silentReporter, note: (message) => notes.push(message) };
  return {
    config,
    stores,
    reporter,
    now: () => new Date(),
    prompt: async () => null,
    signal: options.signal ?? new AbortController().signal,
    dbctlVersion: "0.0.0",
    env: {},
  };
}
