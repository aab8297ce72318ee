import { DbctlError } from "../errors.ts";
import type { StoreName } from "../stores/store.ts";
import type { Reporter } from "../ui/reporter.ts";
import type { RunAs } from "./home.ts";

/** An engine of the local stack: one row of the table in engines.ts. */
export interface EngineDefinition {
  readonly store: StoreName;
  /** `PostgreSQL`. */
  readonly title: string;
  /** When this variable is set the store is somebody else's, and the stack starts nothing for it. */
  readonly urlVariable: string;
  /** The order to end cleanly. */
  readonly stopSignal: NodeJS.Signals;
  /** Finds the engine, or installs it. @throws ENGINE_UNAVAILABLE with the remedy as its hint */
  provide(request: ProvideRequest): Promise<ProvidedEngine>;
  /**
   * Whether a process with this command line is this engine on that place's data: the `main` one, which takes the stop
   * signal, or a `part` that ends by itself when the main one has gone.
   */
  owns(commandLine: string, place: EnginePlace): "main" | "part" | null;
  url(place: EnginePlace, port: number): string;
  /** Logs in and asks. Throws while the engine does not answer. Ends within `signal`. */
  probe(url: string, signal: AbortSignal): Promise<EngineAnswer>;
}

export interface EngineAnswer {
  readonly version: string;
  /** The data the server says it runs on: an answer of somebody else's server on our port is none. */
  readonly dataDir: string;
}

export interface ProvideRequest {
  readonly place: EnginePlace;
  readonly cacheDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/**
 * What DBCTL_STACK_<STORE> allows: the engine of the system only, or npm's only; both when it is not set.
 * @throws CONFIG_INVALID
 */
export function allowedProvider(store: StoreName, env: ProvideRequest["env"]): "system" | "npm" | undefined {
  const variable = `DBCTL_STACK_${store.toUpperCase()}`;
  const value = env[variable];
  if (!value) return undefined;
  if (value === "system" || value === "npm") return value;
  throw new DbctlError("CONFIG_INVALID", `${variable} is neither system nor npm`, { store });
}

export interface ProvidedEngine {
  readonly provider: string;
  /** 0 when nothing had to be installed. */
  readonly downloadMs: number;
  /** Makes data and configuration ready for a start. What is there already stays. */
  prepare(place: EnginePlace, port: number, signal: AbortSignal): Promise<void>;
  command(place: EnginePlace, port: number): EngineCommand;
}

export interface EngineCommand {
  readonly file: string;
  readonly args: readonly string[];
  /** The user the process starts as; null: ours. */
  readonly runAs: RunAs | null;
}

/** Where one engine of one project lives. */
export interface EnginePlace {
  /** `<home>/<store>`, owned by the user the engine runs as. */
  readonly dir: string;
  readonly dataDir: string;
  readonly logFile: string;
  readonly password: string;
  /** Set as root: engines refuse, or should not have, its rights. */
  readonly runAs: RunAs | null;
}
