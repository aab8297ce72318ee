import type { StoreName } from "./stores/store.ts";

/** Exit statuses of the process; documented in README.md, the same with and without `--json`. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  unreachable: 3,
  refused: 4,
  drift: 5,
  integrity: 6,
  locked: 7,
  denied: 8,
  threshold: 9,
  inconclusive: 10,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];

/** Which status wins when several apply, strongest first. */
const PRECEDENCE: readonly ExitStatus[] = [130, 143, 2, 4, 7, 8, 3, 5, 6, 9, 1, 10, 0];

/** The strongest of `statuses`; 0 when there are none. */
export function strongestStatus(statuses: Iterable<ExitStatus>): ExitStatus {
  const present = new Set(statuses);
  return PRECEDENCE.find((status) => present.has(status)) ?? EXIT.ok;
}

interface ErrorClass {
  readonly exit: ExitStatus;
  /** What to do when the thrower knows nothing better. */
  readonly hint: string;
}

/** Every error dbctl can end with. Codes are stable: scripts match on them. */
export const ERRORS = {
  USAGE: { exit: EXIT.usage, hint: "run dbctl --help" },
  CONFIG_INVALID: {
    exit: EXIT.usage,
    hint: "correct the configuration; dbctl config show --origin tells where each value comes from",
  },
  CONFIG_NOT_FOUND: { exit: EXIT.usage, hint: "create dbctl.config.ts, or name one with --config" },
  CONFIG_SUSPECT: {
    exit: EXIT.usage,
    hint: "dbctl config show --origin tells where each value comes from",
  },
  STORE_NOT_CONFIGURED: {
    exit: EXIT.usage,
    hint: "set the store's URL, or run dbctl stack up for a local one",
  },
  MIGRATION_INVALID: { exit: EXIT.usage, hint: "correct the migration file" },
  STORE_UNREACHABLE: {
    exit: EXIT.unreachable,
    hint: "check that the store runs and that its URL is right: dbctl test",
  },
  STORE_TIMEOUT: { exit: EXIT.unreachable, hint: "the store did not answer in time: dbctl status" },
  NOT_INITIALISED: { exit: EXIT.failed, hint: "run dbctl init" },
  CONFIRMATION_REQUIRED: {
    exit: EXIT.refused,
    hint: "type the project's name when asked, or pass --confirm=<name>",
  },
  PROTECTED: { exit: EXIT.refused, hint: "this environment is protected; name another one with --env" },
  TARGET_NOT_EMPTY: { exit: EXIT.refused, hint: "empty the target first" },
  OUT_OF_ORDER: { exit: EXIT.drift, hint: "renumber the files so that they come last" },
  CHECKSUM_MISMATCH: {
    exit: EXIT.drift,
    hint: "restore the file as it was applied, and put the change into a new migration",
  },
  CHAIN_BROKEN: {
    exit: EXIT.drift,
    hint: "restore the migrations and their dbctl.sum as they were committed",
  },
  HISTORY_MISSING: {
    exit: EXIT.drift,
    hint: "the history was lost behind dbctl's back; restore it from a backup",
  },
  HISTORY_DIVERGED: {
    exit: EXIT.drift,
    hint: "bring files and history back together; dbctl migrate status shows both",
  },
  STORES_DIFFER: { exit: EXIT.integrity, hint: "dbctl verify-consistency --repair" },
  DATA_CORRUPT: { exit: EXIT.integrity, hint: "read the value at its source" },
  LOCK_HELD: { exit: EXIT.locked, hint: "wait for the other run, or look for it at the host and pid named" },
  LOCK_LOST: { exit: EXIT.failed, hint: "run the command again" },
  AUTH_FAILED: { exit: EXIT.denied, hint: "check user and password" },
  PERMISSION_DENIED: { exit: EXIT.denied, hint: "grant the missing privilege" },
  INCONCLUSIVE: { exit: EXIT.inconclusive, hint: "run the command again when every store is up" },
  MIGRATION_FAILED: { exit: EXIT.failed, hint: "correct the statement and run dbctl migrate up again" },
  STATEMENT_FAILED: { exit: EXIT.failed, hint: "see the store's message" },
  COLLECTION_MISSING: { exit: EXIT.failed, hint: "run dbctl migrate up" },
  VALUE_UNREPRESENTABLE: { exit: EXIT.failed, hint: "declare a type that holds the value" },
  ENGINE_UNAVAILABLE: { exit: EXIT.unreachable, hint: "install the engine, or set the store's URL" },
  STORE_CLOSED: { exit: EXIT.failed, hint: "this is a fault of dbctl: please report it" },
  CANCELLED: { exit: EXIT.interrupted, hint: "run the command again; finished steps are kept" },
  INTERNAL: { exit: EXIT.failed, hint: "this is a fault of dbctl: please report it" },
} as const satisfies Record<string, ErrorClass>;

export type ErrorCode = keyof typeof ERRORS;

export interface DbctlErrorDetails {
  /** The command or action that fixes it; the code's own hint when left out. */
  readonly hint?: string | undefined;
  readonly store?: StoreName | undefined;
  readonly cause?: unknown;
  /** Machine-readable particulars (file, line, host, pid, …); never a secret. */
  readonly data?: Readonly<Record<string, unknown>> | undefined;
}

/** The one error that leaves a module. `message` says what happened and why, never a secret. */
export class DbctlError extends Error {
  override readonly name = "DbctlError";
  readonly code: ErrorCode;
  readonly hint: string;
  readonly store: StoreName | undefined;
  readonly data: Readonly<Record<string, unknown>> | undefined;

  constructor(code: ErrorCode, message: string, details: DbctlErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = details.hint ?? ERRORS[code].hint;
    this.store = details.store;
    this.data = details.data;
  }

  get exitStatus(): ExitStatus {
    return ERRORS[this.code].exit;
  }
}

/** `error` itself when it is ours; anything else becomes INTERNAL with the original as cause. */
export function asDbctlError(error: unknown): DbctlError {
  if (error instanceof DbctlError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new DbctlError("INTERNAL", message, { cause: error });
}
