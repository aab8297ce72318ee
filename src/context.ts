import type { Config } from "./config/config.ts";
import type { ErrorCode, ExitStatus } from "./errors.ts";
import type { Store, StoreName } from "./stores/store.ts";
import type { Reporter } from "./ui/reporter.ts";

/** The opened stores of a run. */
export interface StoreSet {
  /** Configured stores that the run may use (`--skip-…`, `--store` applied), system of record first. */
  readonly names: readonly StoreName[];
  /** Configured, but left out of this run by a flag: their part is reported as not checked. */
  readonly skipped: readonly StoreName[];
  /** Opened on first use, not yet connected. @throws STORE_NOT_CONFIGURED */
  get(name: StoreName): Promise<Store>;
  /** Whether the configuration calls it `optional`. */
  isOptional(name: StoreName): boolean;
}

/** What a command receives. Everything a command touches beyond its arguments comes from here. */
export interface Context {
  readonly config: Config;
  readonly stores: StoreSet;
  readonly reporter: Reporter;
  /** Wall clock. */
  readonly now: () => Date;
  /** Asks on the terminal; null when there is none or `--no-input` was given. */
  readonly prompt: (question: string) => Promise<string | null>;
  /** Aborts at the first ^C or SIGTERM. */
  readonly signal: AbortSignal;
  readonly dbctlVersion: string;
  /** The environment's variables: commands read these, never process.env. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface Warning {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly store?: StoreName | undefined;
}

/** What a command returns: data for `ui/` to render. It prints nothing itself. */
export interface Report<Data = unknown> {
  readonly exitStatus: ExitStatus;
  readonly data: Data;
  readonly warnings: readonly Warning[];
}

export type Command<Options, Data> = (context: Context, options: Options) => Promise<Report<Data>>;
