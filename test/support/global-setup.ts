import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TestProject } from "vitest/node";
import { type EngineUp, readStack, stackUp } from "../../src/stack/index.ts";
import { type Reporter, silentReporter } from "../../src/ui/reporter.ts";

const STORES = ["postgres", "clickhouse"] as const;
type TestStore = (typeof STORES)[number];

declare module "vitest" {
  interface ProvidedContext {
    /** URLs of the engines that tests may use, by store; a store without one is skipped. */
    engineUrls: Partial<Record<TestStore, string>>;
    /** Temporary; a project made in it, or one level deeper, loses its stack when the run is over, however it ends. */
    runFolder: string;
  }
}

/**
 * One local stack a run, in a temporary project, for the stores without a DBCTL_TEST_<STORE>_URL. Ambient URLs such as
 * DATABASE_URL are never looked at. DBCTL_TEST_REQUIRE=postgres,clickhouse makes a missing engine a failure.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = STORES.flatMap((store): [TestStore, string][] => {
    const url = process.env[`DBCTL_TEST_${store.toUpperCase()}_URL`];
    return url ? [[store, url]] : [];
  });
  const urls: Partial<Record<TestStore, string>> = Object.fromEntries(given);
  const wanted = STORES.filter((store) => urls[store] === undefined);
  const runFolder = mkdtempSync(join(tmpdir(), "dbctl-run-"));
  chmodSync(runFolder, 0o711);
  project.provide("runFolder", runFolder);
  const tearDown = startReaper(runFolder);
  try {
    if (wanted.length > 0) {
      const root = join(runFolder, "stack");
      mkdirSync(root);
      for (const [store, url] of await bringUp(root, wanted)) urls[store] = url;
    }
    project.provide("engineUrls", urls);
    return tearDown;
  } catch (error) {
    await tearDown();
    throw error;
  }
}

async function bringUp(root: string, stores: readonly TestStore[]): Promise<[TestStore, string][]> {
  const env = { ...process.env, DATABASE_URL: undefined, CLICKHOUSE_URL: undefined };
  const signal = new AbortController().signal;
  const { engines } = await stackUp({ root, stores, reporter: downloads, signal, env });
  const missing = engines.filter(({ error }) => error !== null);
  for (const { store, error } of missing) say(`no ${store}, its tests are skipped: ${error?.message}`);
  const required = (process.env.DBCTL_TEST_REQUIRE ?? "").split(",");
  const failed = missing.filter(({ store }) => required.includes(store)).map(({ store }) => store);
  if (failed.length > 0)
    throw new Error(`required by DBCTL_TEST_REQUIRE, not to be had: ${failed.join(", ")}`);
  for (const engine of engines) if (engine.error === null) say(describe(engine));
  const recorded = readStack(root)?.engines;
  return stores.flatMap((store): [TestStore, string][] => {
    const url = recorded?.[store]?.url;
    return url !== undefined && !missing.some((engine) => engine.store === store) ? [[store, url]] : [];
  });
}

/** The reaper alone takes the stack down, so that it happens in the same way when the run is killed. */
function startReaper(runFolder: string): () => Promise<void> {
  const file = fileURLToPath(new URL("./stack-reaper.ts", import.meta.url));
  const reaper = spawn(process.execPath, [file, runFolder], {
    stdio: ["pipe", "ignore", "inherit"],
    detached: true,
  });
  reaper.unref();
  const ended = once(reaper, "exit");
  return async () => {
    reaper.ref();
    reaper.stdin?.end();
    await ended;
  };
}

function describe({ store, version, provider, downloadMs, startMs }: EngineUp): string {
  const download = downloadMs > 0 ? `, downloaded in ${(downloadMs / 1_000).toFixed(1)} s` : "";
  return `${store} ${version} from ${provider}${download}, started in ${(startMs / 1_000).toFixed(1)} s`;
}

/** Only what may take long is worth a line. */
const downloads: Reporter = {
  ...silentReporter,
  note: say,
  task: (label, options) => {
    if (label.startsWith("download")) say(`${label} …`);
    return silentReporter.task(label, options);
  },
};

function say(line: string): void {
  process.stderr.write(`test stack: ${line}\n`);
}
