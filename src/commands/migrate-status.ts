import type { Command } from "../context.ts";
import { ERRORS, EXIT, strongestStatus } from "../errors.ts";
import { openLayer, readPlan } from "../migrate/layer.ts";
import type { Plan, PlannedStep, StepState } from "../migrate/plan.ts";
import type { Problem } from "../migrate/problem.ts";
import { asWarnings, unreachedWarnings } from "../migrate/report.ts";
import { unfinished } from "../migrate/unfinished.ts";
import type { Head, StoreName } from "../stores/store.ts";

export interface StepStatus {
  readonly version: string;
  readonly name: string;
  readonly store: StoreName;
  readonly state: StepState;
  /** Why it was not checked; else null. */
  readonly absence: PlannedStep["absence"];
  readonly statementsApplied: number | null;
  readonly statementsTotal: number | null;
  /** ISO 8601, UTC; null when the store's history does not know the step. */
  readonly startedAt: string | null;
  readonly durationMs: number | null;
  /** What the engine said when the last attempt failed. */
  readonly error: string | null;
}

export interface MigrateStatusData {
  /** By version, system of record first. */
  readonly steps: readonly StepStatus[];
  /** What the layer remembers of each store's history. */
  readonly heads: readonly Head[];
  /** Stores without a history: they want `dbctl init`. */
  readonly uninitialised: readonly StoreName[];
  /** Where files, histories and heads disagree, and steps that stopped half-way. */
  readonly problems: readonly Problem[];
  readonly applied: number;
  readonly pending: number;
}

/** Compares the files with every store's history. Pending steps are no fault; status 5 means that something is. */
export const run: Command<Record<string, never>, MigrateStatusData> = async (context) => {
  const layer = await openLayer(context);
  const plan = await readPlan(context.config, layer, context.signal);
  const problems = [...plan.problems, ...unfinished(plan)];
  const count = (state: StepState) => plan.steps.filter((step) => step.state === state).length;
  return {
    exitStatus: strongestStatus([
      ...problems.map(({ code }) => ERRORS[code].exit),
      layer.unavailable.size > 0 ? EXIT.inconclusive : EXIT.ok,
    ]),
    data: {
      steps: plan.steps.map(statusOf),
      heads: plan.heads ?? [],
      uninitialised: plan.uninitialised,
      problems,
      applied: count("applied"),
      pending: count("pending"),
    },
    warnings: [
      ...layer.warnings,
      ...asWarnings(plan.remarks),
      ...unreachedWarnings(plan),
      ...notInitialised(plan),
    ],
  };
};

function statusOf({ version, name, store, state, absence, revision, attempt }: PlannedStep): StepStatus {
  return {
    version,
    name,
    store,
    state,
    absence,
    statementsApplied: revision?.statementsApplied ?? null,
    statementsTotal: revision?.statementsTotal ?? null,
    startedAt: revision?.startedAt ?? null,
    durationMs: revision?.durationMs ?? null,
    error: (revision ?? attempt)?.error ?? null,
  };
}

function notInitialised({ uninitialised }: Plan) {
  return uninitialised.map((store) => ({
    code: "NOT_INITIALISED" as const,
    message: `${store} has no migration history yet`,
    hint: ERRORS.NOT_INITIALISED.hint,
    store,
  }));
}
