import type { Plan, PlannedStep } from "./plan.ts";
import { type Problem, problem } from "./problem.ts";
import { isComplete } from "./steps.ts";

/** Steps that stopped between two statements, each with the command that finishes it. */
export function unfinished({ steps }: Pick<Plan, "steps">): readonly Problem[] {
  return steps.flatMap((step) => halfApplied(step) ?? halfUndone(step) ?? []);
}

/** null when it is not. */
export function halfApplied({ version, name, store, files, revision }: PlannedStep): Problem | null {
  if (revision === null || revision.direction !== "up" || isComplete(revision)) return null;
  const { statementsApplied, statementsTotal, error } = revision;
  const message = `${version}_${name} on ${store} is applied in part only: ${statementsApplied} of ${statementsTotal} statements`;
  const hint =
    files === null ? "bring its file back, then finish it: dbctl migrate up" : "finish it: dbctl migrate up";
  return problem("HISTORY_DIVERGED", error === null ? message : `${message}; ${error}`, {
    store,
    version,
    hint,
  });
}

/** null when it is not. */
export function halfUndone({ version, name, store, state, revision }: PlannedStep): Problem | null {
  if (state !== "half undone" || revision === null) return null;
  const { statementsApplied, statementsTotal } = revision;
  const message = `a down of ${version}_${name} on ${store} stopped after ${statementsApplied} of ${statementsTotal} statements`;
  const hint = "finish it: dbctl migrate down -s 1";
  return problem("HISTORY_DIVERGED", message, { store, version, hint });
}
