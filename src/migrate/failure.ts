import { DbctlError } from "../errors.ts";
import type { Step } from "../stores/store.ts";
import { type RunOutcome, type RunStep, stepName } from "./runner.ts";

/**
 * The error that a stopped run ends with: what the engine said, where in the file, what is applied and what is not, and
 * the command that goes on from there.
 */
export function runFailure(
  direction: "up" | "down",
  { done, failure }: RunOutcome & { readonly failure: NonNullable<RunOutcome["failure"]> },
  planned: readonly RunStep[],
): DbctlError {
  const { step, error } = failure;
  const finished = done.map(stepName);
  const isFinished = finished.includes(stepName(step));
  const rest = planned.map((run) => stepName(run.step)).filter((name) => !finished.includes(name));
  const order = direction === "up" ? rest : rest.reverse();
  const notDone = order.filter((name) => name !== stepName(step));
  const position = positionOf(error);
  const lines = [
    error.message,
    ...excerpt(step, direction, position),
    isFinished ? null : partOf(direction, step, position),
    list(direction === "up" ? "applied in this run" : "undone in this run", finished),
    list(direction === "up" ? "not applied" : "still applied", notDone),
  ];
  return new DbctlError(error.code, lines.filter((line) => line !== null).join("\n"), {
    hint: hintFor(direction, error, step),
    store: step.store,
    cause: error,
    data: { ...error.data, step: stepName(step), done: finished, notDone },
  });
}

interface Position {
  readonly line: number | null;
  readonly column: number | null;
  readonly applied: number | null;
  readonly total: number | null;
}

function positionOf({ data }: DbctlError): Position {
  const number = (name: string) => {
    const value = data?.[name];
    return typeof value === "number" ? value : null;
  };
  return {
    line: number("line"),
    column: number("column"),
    applied: number("applied"),
    total: number("total"),
  };
}

/** The line that the engine named, with a caret below the column. */
function excerpt(step: Step, direction: "up" | "down", { line, column }: Position): string[] {
  const script = direction === "up" ? step.up : step.down;
  const text = line === null ? undefined : script?.text.split("\n")[line - 1];
  if (line === null || text === undefined) return [];
  const gutter = `  ${line} | `;
  const shown = text.replaceAll("\t", " ");
  if (column === null) return [`${gutter}${shown}`];
  const from = Math.max(0, column - 60);
  const cut = shown.slice(from, from + 100);
  return [`${gutter}${cut}`, `${" ".repeat(gutter.length - 2)}| ${" ".repeat(column - 1 - from)}^`];
}

function partOf(direction: "up" | "down", step: Step, { applied, total }: Position): string | null {
  if (applied === null || total === null) return null;
  const verb = direction === "up" ? "took effect" : "were undone";
  return `  ${stepName(step)}: ${applied} of ${total} statements ${verb}`;
}

function list(label: string, names: readonly string[]): string | null {
  if (names.length === 0) return null;
  const shown = names.slice(0, 5).join(", ");
  return `  ${label}: ${shown}${names.length > 5 ? ` and ${names.length - 5} more` : ""}`;
}

function hintFor(direction: "up" | "down", error: DbctlError, step: Step): string | undefined {
  if (error.code !== "MIGRATION_FAILED") return error.hint;
  if (direction === "up")
    return `correct ${step.up.file}, then run dbctl migrate up again: it goes on from there`;
  return `remove what is in its way in ${step.store}, then run dbctl migrate down again: it goes on from there`;
}
