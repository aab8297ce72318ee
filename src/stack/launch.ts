import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync, renameSync, statSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { DbctlError } from "../errors.ts";
import type { EngineAnswer, EngineCommand, EngineDefinition, EnginePlace } from "./engine.ts";
import { identify, type ProcessIdentity } from "./process.ts";

const READY_TIMEOUT_MS = 60_000;
const PROBE_TIMEOUT_MS = 5_000;
const LOG_LIMIT_BYTES = 10 * 2 ** 20;

/** A started engine that has not answered yet. */
export interface Launched {
  readonly identity: ProcessIdentity;
  /** Set when the process has ended. */
  readonly ended: () => boolean;
  /** What it has written to its log since it was started. */
  readonly log: () => string;
}

/** Starts the engine as a process of its own session that outlives us. Its environment is empty but for the least. */
export function launch(definition: EngineDefinition, command: EngineCommand, place: EnginePlace): Launched {
  if (existsSync(place.logFile) && statSync(place.logFile).size > LOG_LIMIT_BYTES) {
    renameSync(place.logFile, `${place.logFile}.1`);
  }
  const log = openSync(place.logFile, "a", 0o600);
  const offset = statSync(place.logFile).size;
  let child: ChildProcess;
  let failure: Error | undefined;
  try {
    child = spawn(command.file, command.args, {
      cwd: place.dir,
      env: { PATH: process.env.PATH, HOME: place.dir, LC_ALL: "C", TZ: "UTC" },
      stdio: ["ignore", log, log],
      detached: true,
      ...(command.runAs ?? {}),
    });
    child.on("error", (error) => {
      failure = error;
    });
  } finally {
    closeSync(log);
  }
  child.unref();
  const identity = child.pid === undefined ? null : identify(child.pid);
  const written = () => readFileSync(place.logFile).subarray(offset).toString();
  if (identity === null) throw failed(definition, "its process ended at once", failure?.message ?? written());
  const ended = () => identify(identity.pid)?.startTime !== identity.startTime;
  return { identity, ended, log: written };
}

/** @throws ENGINE_UNAVAILABLE with the log's last lines when it ends or does not answer in time; CANCELLED */
export async function waitReady(
  definition: EngineDefinition,
  launched: Launched,
  url: string,
  place: EnginePlace,
  signal: AbortSignal,
): Promise<EngineAnswer> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  let pauseMs = 20;
  for (;;) {
    const answer = await probe(definition, url, place, signal);
    if (answer !== null && !launched.ended()) return answer;
    if (signal.aborted) throw new DbctlError("CANCELLED", `starting ${definition.title} was interrupted`);
    if (launched.ended()) throw failed(definition, "it ended before it answered", launched.log());
    if (Date.now() > deadline) throw failed(definition, "it does not answer", launched.log());
    await delay(pauseMs, undefined, { signal }).catch(() => {});
    pauseMs = Math.min(pauseMs * 1.5, 250);
  }
}

/** What the engine says; null when nobody answers, or somebody else does. */
export async function probe(
  definition: EngineDefinition,
  url: string,
  place: EnginePlace,
  signal: AbortSignal,
): Promise<EngineAnswer | null> {
  try {
    const answer = await definition.probe(
      url,
      AbortSignal.any([signal, AbortSignal.timeout(PROBE_TIMEOUT_MS)]),
    );
    return answer.dataDir.replace(/\/$/, "") === place.dataDir ? answer : null;
  } catch {
    return null;
  }
}

function failed(definition: EngineDefinition, why: string, log: string): DbctlError {
  const isFrame = (line: string) => /^\s*(\d+\. .* @ 0x[0-9a-f]+)?$/.test(line);
  const lines = log.split("\n").filter((line) => !isFrame(line));
  const end = lines.slice(-8).map((line) => `\n  ${line}`);
  return new DbctlError("ENGINE_UNAVAILABLE", `${definition.title} did not start: ${why}${end.join("")}`, {
    store: definition.store,
    hint: `dbctl stack logs ${definition.store}`,
  });
}
