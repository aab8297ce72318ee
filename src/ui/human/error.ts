import type { Warning } from "../../context.ts";
import type { DbctlError } from "../../errors.ts";
import type { Style } from "./style.ts";

/** The colours that messages need: chalk is loaded for nothing else. */
export type Colors = Pick<Style["color"], "bold" | "dim" | "red" | "yellow" | "cyan">;

export interface ErrorOptions {
  readonly colors: Colors;
  /** Also the code, the causes and where they were thrown. */
  readonly verbose: boolean;
}

/**
 * ```
 * error: what happened, and why
 *   origin  setting  what is wrong with it
 *   fix: the command or action
 * ```
 */
export function renderError(error: DbctlError, { colors, verbose }: ErrorOptions): string {
  const faults = faultsOf(error);
  const [first = "", ...rest] = error.message.split("\n");
  const lines = [`${colors.bold(colors.red("error:"))} ${first}`];
  if (faults.length > 0) lines.push(...alignFaults(faults));
  else lines.push(...rest.map(indented));
  lines.push(`  ${colors.cyan("fix:")} ${error.hint.replaceAll("\n", "\n       ")}`);
  if (verbose) lines.push(...details(error).map((line) => colors.dim(line)));
  return lines.join("\n");
}

/** `warning: …`, and what to do about it. */
export function renderWarning(warning: Warning, colors: Colors): string {
  const [first = "", ...rest] = warning.message.split("\n");
  const lines = [`${colors.bold(colors.yellow("warning:"))} ${first}`, ...rest.map(indented)];
  if (warning.hint !== undefined) lines.push(`  ${colors.cyan("fix:")} ${warning.hint}`);
  return lines.join("\n");
}

interface FaultLine {
  readonly origin: string;
  readonly path: string;
  readonly message: string;
  readonly suggestion?: string | undefined;
}

/** What `src/config/faults.ts` puts into `data.faults`; others put other things there, and list them in the message. */
function faultsOf(error: DbctlError): readonly FaultLine[] {
  const faults = error.data?.faults;
  return Array.isArray(faults) && faults.every(isFaultLine) ? faults : [];
}

function isFaultLine(value: unknown): value is FaultLine {
  return (
    typeof value === "object" && value !== null && "origin" in value && "path" in value && "message" in value
  );
}

function alignFaults(faults: readonly FaultLine[]): string[] {
  const widest = (column: "origin" | "path") => Math.max(...faults.map((fault) => fault[column].length));
  const [originWidth, pathWidth] = [widest("origin"), widest("path")];
  return faults.map(({ origin, path, message, suggestion }) => {
    const what = suggestion === undefined ? message : `${message} (${suggestion})`;
    return `  ${origin.padEnd(originWidth)}  ${path.padEnd(pathWidth)}  ${what}`;
  });
}

function details(error: DbctlError): string[] {
  const lines = [`  code: ${error.code}${error.store === undefined ? "" : `, store: ${error.store}`}`];
  let cause: unknown = error;
  for (let depth = 0; cause instanceof Error && depth < 5; depth++) {
    const label = depth === 0 ? "" : "caused by ";
    lines.push(...`${label}${cause.stack ?? cause.message}`.split("\n").map(indented));
    cause = cause.cause;
  }
  return lines;
}

function indented(line: string): string {
  return line.startsWith("  ") ? line : `  ${line}`;
}
