import { asDbctlError, type ErrorCode } from "../errors.ts";
import type { StoreName } from "../stores/store.ts";
import type { StackEngine } from "./file.ts";

/** What `up` did about one engine. */
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
  /** From the engine at hand to its first answer; 0 when it ran already. */
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

interface Timing {
  readonly downloadMs: number;
  readonly startMs: number;
}

const NOTHING: Omit<EngineUp, "store" | "state"> = {
  provider: null,
  version: null,
  url: null,
  port: null,
  pid: null,
  downloadMs: 0,
  startMs: 0,
  notes: [],
  error: null,
};

export function reportUp(
  store: StoreName,
  engine: StackEngine,
  notes: readonly string[],
  timing: Timing | null,
): EngineUp {
  const { provider, version, port, pid } = engine;
  const state = timing === null ? "running" : "started";
  return {
    store,
    state,
    ...NOTHING,
    provider,
    version,
    url: withoutPassword(engine.url),
    port,
    pid,
    downloadMs: Math.round(timing?.downloadMs ?? 0),
    startMs: Math.round(timing?.startMs ?? 0),
    notes,
  };
}

export function reportExternal(store: StoreName, source: string): EngineUp {
  return { store, state: "external", ...NOTHING, provider: source };
}

export function reportUnavailable(store: StoreName, cause: unknown, notes: readonly string[]): EngineUp {
  const { code, message, hint } = asDbctlError(cause);
  return { store, state: "unavailable", ...NOTHING, notes, error: { code, message, hint } };
}

/** For people: the password stays in stack.json. */
export function withoutPassword(url: string): string {
  const copy = new URL(url);
  copy.password = "";
  return copy.href;
}
