import type { Warning } from "../context.ts";
import type { DbctlError, ErrorCode, ExitStatus } from "../errors.ts";
import type { StoreName } from "../stores/store.ts";

/** What `--json` prints, on success and on failure. `schemaVersion` rises when a field changes its meaning. */
export interface Envelope {
  readonly schemaVersion: 1;
  /** The words after `dbctl`; empty when they could not be read. */
  readonly command: string;
  readonly exitCode: ExitStatus;
  /** The command's data; null when it failed before it had any. */
  readonly data: unknown;
  readonly error: ErrorDocument | null;
  readonly warnings: readonly Warning[];
}

export interface ErrorDocument {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
  readonly store: StoreName | null;
  readonly data: Readonly<Record<string, unknown>> | null;
}

/** How a run ended: with a report, with an error, or with both of them. */
export interface Outcome {
  readonly command: string;
  readonly exitStatus: ExitStatus;
  readonly data: unknown;
  readonly error: DbctlError | null;
  readonly warnings: readonly Warning[];
}

export function envelopeOf(outcome: Outcome): Envelope {
  const { command, exitStatus, data, error, warnings } = outcome;
  return {
    schemaVersion: 1,
    command,
    exitCode: exitStatus,
    data: data ?? null,
    error: error === null ? null : errorDocument(error),
    warnings,
  };
}

/** JSON of plain data; a bigint becomes a string. */
export function toJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, plain, indent);
}

function errorDocument(error: DbctlError): ErrorDocument {
  return {
    code: error.code,
    message: error.message,
    hint: error.hint,
    store: error.store ?? null,
    data: error.data ?? null,
  };
}

function plain(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}
