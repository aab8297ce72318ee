import type { Warning } from "../context.ts";
import type { StoreName } from "../stores/store.ts";
import type { Plan } from "./plan.ts";
import type { Problem } from "./problem.ts";
import type { AppliedStep } from "./runner.ts";
import { isComplete } from "./steps.ts";

/** Complete revisions of each store, as the runner counts on from them. */
export function appliedSteps(plan: Pick<Plan, "steps">): ReadonlyMap<StoreName, readonly AppliedStep[]> {
  const applied = new Map<StoreName, AppliedStep[]>();
  for (const { store, revision } of plan.steps) {
    if (revision === null || !isComplete(revision)) continue;
    const list = applied.get(store) ?? [];
    applied.set(store, list);
    list.push({ version: revision.version, chain: revision.chain });
  }
  return applied;
}

/** Problems that stop nothing, as warnings of the run. */
export function asWarnings(remarks: readonly Problem[]): readonly Warning[] {
  return remarks.map(({ code, message, hint, store }) => ({
    code,
    message,
    hint,
    ...(store === null ? {} : { store }),
  }));
}

/** One warning for each store whose files this run leaves alone. */
export function unreachedWarnings(plan: Plan): readonly Warning[] {
  const counts = new Map<StoreName, { files: number; absence: string }>();
  for (const { store, absence } of plan.steps) {
    // An unavailable store has a warning of its own already.
    if (absence === null || absence === "unavailable") continue;
    counts.set(store, { files: (counts.get(store)?.files ?? 0) + 1, absence });
  }
  return [...counts].map(([store, { files, absence }]) => ({
    code: absence === "skipped" ? "INCONCLUSIVE" : "STORE_NOT_CONFIGURED",
    message: `${files === 1 ? "1 step" : `${files} steps`} of ${store} not checked: ${absenceText(store, absence)}`,
    hint:
      absence === "skipped"
        ? "run the command again without skipping it"
        : `declare ${store} in dbctl.config.ts`,
    store,
  }));
}

function absenceText(store: StoreName, absence: string): string {
  return absence === "skipped" ? "left out by a flag" : `this project has no ${store}`;
}
