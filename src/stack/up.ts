import { asDbctlError, DbctlError, type ErrorCode } from "../errors.ts";
import type { StoreName } from "../stores/store.ts";
import type { EngineDefinition, EnginePlace } from "./engine.ts";
import {
  ensureStackFolder,
  readStack,
  type StackEngine,
  type StackFile,
  stackFilePath,
  writeStack,
} from "./file.ts";
import { cacheDirOf, chooseRunAs, ensureHome, ensurePlace, homeOf } from "./home.ts";
import { launch, probe, waitReady } from "./launch.ts";
import { externalSource, type StackOptions, selectEngines, withStackLock } from "./options.ts";
import { choosePort, isPortFree } from "./port.ts";
import { isRunning } from "./process.ts";
import { stopEngine } from "./stop.ts";

export interface EngineUp {
  readonly store: StoreName;
  /** `external`: the configuration names a server (`provider` says where), so nothing was started. */
  readonly state: "started" | "running" | "external" | "unavailable";
  readonly provider: string | null;
  readonly version: string | null;
  /** Without the password, which is in stack.json. */
  readonly url: string | null;
  readonly port: number | null;
  readonly pid: number | null;
  /** Time for download and installation, 0 when it was there. */
  readonly downloadMs: number;
  /** From the engine at hand to its first answer. */
  readonly startMs: number;
  /** What was not as expected, and what was done about it. */
  readonly notes: readonly string[];
  readonly error: { readonly code: ErrorCode; readonly message: string; readonly hint: string } | null;
}

export interface StackUp {
  /** The record with the URLs. */
  readonly file: string;
  readonly home: string;
  readonly engines: readonly EngineUp[];
}

const START_ATTEMPTS = 5;

/**
 * Brings the project's engines up and returns when each has answered. Idempotent: what runs is left alone, what is
 * sick is started again. An engine that can't be had does not keep the others from starting: see its `error`.
 * @throws CANCELLED, LOCK_HELD, PERMISSION_DENIED
 */
export async function stackUp(options: StackOptions): Promise<StackUp> {
  const definitions = selectEngines(options.stores);
  return withStackLock(options, async () => {
    ensureStackFolder(options.root);
    const recorded = readStack(options.root);
    const home = homeOf(options.root, recorded?.home);
    ensureHome(home);
    const run = new StackRun(options, { version: 1, home, engines: recorded?.engines ?? {} });
    const engines = await Promise.all(definitions.map((definition) => run.bring(definition)));
    if (options.signal.aborted) throw new DbctlError("CANCELLED", "stack up was interrupted");
    return { file: stackFilePath(options.root), home, engines };
  });
}

/** One run of `up`; keeps the record on disk in step with what has been started. */
class StackRun {
  readonly #options: StackOptions;
  #file: StackFile;

  constructor(options: StackOptions, file: StackFile) {
    this.#options = options;
    this.#file = file;
  }

  #record(store: StoreName, engine: StackEngine): void {
    this.#file = { ...this.#file, engines: { ...this.#file.engines, [store]: engine } };
    writeStack(this.#options.root, this.#file);
  }

  async bring(definition: EngineDefinition): Promise<EngineUp> {
    const { store } = definition;
    const notes: string[] = [];
    const source = externalSource(definition, this.#options);
    if (source !== undefined) return { ...NOTHING, store, state: "external", provider: source, notes };
    try {
      const runAs = chooseRunAs(this.#file.home, this.#options.env);
      const place = ensurePlace(this.#file.home, store, runAs, this.#file.engines[store]?.url);
      const running = await this.#adopt(definition, place, notes);
      return running ?? (await this.#start(definition, place, notes));
    } catch (cause) {
      const { code, message, hint } = asDbctlError(cause);
      return { ...NOTHING, store, state: "unavailable", notes, error: { code, message, hint } };
    }
  }

  /** The engine of the record if it answers; otherwise whatever is left of it has been stopped. */
  async #adopt(
    definition: EngineDefinition,
    place: EnginePlace,
    notes: string[],
  ): Promise<EngineUp | undefined> {
    const { store } = definition;
    const engine = this.#file.engines[store];
    if (engine?.pid && engine.startTime && engine.dataDir === place.dataDir) {
      const alive = isRunning({ pid: engine.pid, startTime: engine.startTime });
      const answer = alive ? await answerSoon(definition, engine.url, place, this.#options.signal) : null;
      if (answer !== null) {
        const { provider, port, pid } = engine;
        const url = withoutPassword(engine.url);
        return {
          ...NOTHING,
          store,
          state: "running",
          provider,
          version: answer.version,
          url,
          port,
          pid,
          notes,
        };
      }
      notes.push(
        alive ? "it did not answer: started again" : "its process had ended unexpectedly: started again",
      );
    }
    const strays = await stopEngine(definition, place);
    if (strays.stopped > 0 && notes.length === 0)
      notes.push("it ran without a record: stopped, started again");
    return undefined;
  }

  async #start(definition: EngineDefinition, place: EnginePlace, notes: string[]): Promise<EngineUp> {
    const { reporter, signal, env } = this.#options;
    const engine = await definition.provide({ place, cacheDir: cacheDirOf(env), env, reporter, signal });
    const task = reporter.task(`start ${definition.title}`, { store: definition.store });
    const startedAt = performance.now();
    try {
      const started = await this.#launchOnFreePort(definition, engine, place, notes);
      task.succeed();
      const { provider, version, port, pid } = started;
      const timing = { downloadMs: Math.round(engine.downloadMs), startMs: elapsed(startedAt) };
      const url = withoutPassword(started.url);
      return {
        ...NOTHING,
        ...timing,
        store: definition.store,
        state: "started",
        provider,
        version,
        url,
        port,
        pid,
        notes,
      };
    } catch (error) {
      task.fail();
      throw error;
    }
  }

  /** Keeps the port of the record; takes another one when it has been taken, even between our look and the start. */
  async #launchOnFreePort(
    definition: EngineDefinition,
    engine: Awaited<ReturnType<EngineDefinition["provide"]>>,
    place: EnginePlace,
    notes: string[],
  ): Promise<StackEngine> {
    const { signal } = this.#options;
    let port = this.#file.engines[definition.store]?.port;
    for (let attempt = 1; ; attempt++) {
      if (port !== undefined && !(await isPortFree(port))) {
        const taken = port;
        port = await choosePort(this.#ports());
        notes.push(`port ${taken} is taken by another program: now on ${port}`);
      }
      port ??= await choosePort(this.#ports());
      await engine.prepare(place, port, signal);
      if (signal.aborted) throw new DbctlError("CANCELLED", "stack up was interrupted");
      const { dataDir, logFile } = place;
      const url = definition.url(place, port);
      const record = { url, provider: engine.provider, version: "", port, dataDir, logFile };
      try {
        const launched = launch(definition, engine.command(place, port), place);
        this.#record(definition.store, { ...record, ...launched.identity });
        const { version } = await waitReady(definition, launched, url, place, signal);
        const ready = { ...record, version, ...launched.identity };
        this.#record(definition.store, ready);
        return ready;
      } catch (error) {
        await stopEngine(definition, place);
        this.#record(definition.store, { ...record, pid: null, startTime: null });
        if (attempt === START_ATTEMPTS || signal.aborted || (await isPortFree(port))) throw error;
      }
    }
  }

  #ports(): Set<number> {
    return new Set(Object.values(this.#file.engines).map((engine) => engine.port));
  }
}

const NOTHING: Omit<EngineUp, "store" | "state" | "notes"> = {
  provider: null,
  version: null,
  url: null,
  port: null,
  pid: null,
  downloadMs: 0,
  startMs: 0,
  error: null,
};

/** An engine that is being started by somebody, or recovers, gets a moment. */
async function answerSoon(
  definition: EngineDefinition,
  url: string,
  place: EnginePlace,
  signal: AbortSignal,
) {
  for (let attempt = 0; attempt < 3; attempt++) {
    const answer = await probe(definition, url, place, signal);
    if (answer !== null) return answer;
  }
  return null;
}

function elapsed(since: number): number {
  return Math.round(performance.now() - since);
}

/** For people: the password stays in stack.json. */
export function withoutPassword(url: string): string {
  const copy = new URL(url);
  copy.password = "";
  return copy.href;
}
