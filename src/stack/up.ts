import { setTimeout as delay } from "node:timers/promises";
import { DbctlError } from "../errors.ts";
import type { StoreName } from "../stores/store.ts";
import type { EngineAnswer, EngineDefinition, EnginePlace, ProvidedEngine } from "./engine.ts";
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
import { type EngineUp, reportExternal, reportUnavailable, reportUp, type StackUp } from "./report.ts";
import { stopEngine } from "./stop.ts";

const START_ATTEMPTS = 5;
/** An engine that is there but does not answer may be recovering, or its machine busy. */
const ADOPT_TIMEOUT_MS = 15_000;

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

  /** Never throws: what goes wrong is in the report. */
  async bring(definition: EngineDefinition): Promise<EngineUp> {
    const { store } = definition;
    const source = externalSource(definition, this.#options);
    if (source !== undefined) return reportExternal(store, source);
    const notes: string[] = [];
    try {
      const runAs = chooseRunAs(this.#file.home, this.#options.env);
      const place = ensurePlace(this.#file.home, store, runAs, this.#file.engines[store]?.url);
      const running = await this.#adopt(definition, place, notes);
      return running ?? (await this.#start(definition, place, notes));
    } catch (cause) {
      return reportUnavailable(store, cause, notes);
    }
  }

  /** The engine of the record if it answers; otherwise nothing is left of it. */
  async #adopt(
    definition: EngineDefinition,
    place: EnginePlace,
    notes: string[],
  ): Promise<EngineUp | undefined> {
    const engine = this.#file.engines[definition.store];
    if (engine?.pid && engine.startTime && engine.dataDir === place.dataDir) {
      const alive = () => isRunning({ pid: engine.pid ?? 0, startTime: engine.startTime ?? "" });
      const answer = await this.#ask(definition, engine.url, place, alive);
      if (answer !== null) {
        const running = { ...engine, version: answer.version };
        this.#record(definition.store, running);
        return reportUp(definition.store, running, notes, null);
      }
      notes.push(
        alive() ? "it did not answer: started again" : "its process had ended unexpectedly: started again",
      );
    }
    const { stopped } = await stopEngine(definition, place);
    if (stopped > 0 && notes.length === 0) notes.push("it ran without a record: stopped, started again");
    return undefined;
  }

  async #ask(
    definition: EngineDefinition,
    url: string,
    place: EnginePlace,
    alive: () => boolean,
  ): Promise<EngineAnswer | null> {
    const { signal } = this.#options;
    const deadline = Date.now() + ADOPT_TIMEOUT_MS;
    while (alive() && !signal.aborted && Date.now() < deadline) {
      const answer = await probe(definition, url, place, signal);
      if (answer !== null) return answer;
      await delay(100, undefined, { signal }).catch(() => {});
    }
    return null;
  }

  async #start(definition: EngineDefinition, place: EnginePlace, notes: string[]): Promise<EngineUp> {
    const { reporter, signal, env } = this.#options;
    if (signal.aborted) throw interrupted();
    const engine = await definition.provide({ place, cacheDir: cacheDirOf(env), env, reporter, signal });
    const task = reporter.task(`start ${definition.title}`, { store: definition.store });
    const startedAt = performance.now();
    try {
      const started = await this.#launch(definition, engine, place, notes);
      task.succeed();
      const timing = { downloadMs: engine.downloadMs, startMs: performance.now() - startedAt };
      return reportUp(definition.store, started, notes, timing);
    } catch (error) {
      task.fail();
      throw error;
    }
  }

  /** Keeps the port of the record; takes another one when it has been taken, even between our look and the start. */
  async #launch(
    definition: EngineDefinition,
    engine: ProvidedEngine,
    place: EnginePlace,
    notes: string[],
  ): Promise<StackEngine> {
    const { store } = definition;
    const { signal } = this.#options;
    let kept = this.#file.engines[store]?.port;
    for (let attempt = 1; ; attempt++) {
      const port = await this.#port(kept, notes);
      kept = port;
      await engine.prepare(place, port, signal);
      if (signal.aborted) throw interrupted();
      const { dataDir, logFile } = place;
      const url = definition.url(place, port);
      const record = { url, provider: engine.provider, version: "", port, dataDir, logFile };
      try {
        const launched = launch(definition, engine.command(place, port), place);
        this.#record(store, { ...record, ...launched.identity });
        const { version } = await waitReady(definition, launched, url, place, signal);
        const ready = { ...record, version, ...launched.identity };
        this.#record(store, ready);
        return ready;
      } catch (error) {
        await stopEngine(definition, place);
        this.#record(store, { ...record, pid: null, startTime: null });
        if (attempt === START_ATTEMPTS || signal.aborted || (await isPortFree(port))) throw error;
      }
    }
  }

  async #port(kept: number | undefined, notes: string[]): Promise<number> {
    if (kept !== undefined && (await isPortFree(kept))) return kept;
    const port = await choosePort(new Set(Object.values(this.#file.engines).map((engine) => engine.port)));
    if (kept !== undefined) notes.push(`port ${kept} is taken by another program: now on ${port}`);
    return port;
  }

  #record(store: StoreName, engine: StackEngine): void {
    this.#file = { ...this.#file, engines: { ...this.#file.engines, [store]: engine } };
    writeStack(this.#options.root, this.#file);
  }
}

function interrupted(): DbctlError {
  return new DbctlError("CANCELLED", "stack up was interrupted");
}
