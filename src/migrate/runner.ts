import { asDbctlError, DbctlError } from "../errors.ts";
import type { Revision, Step, Store, StoreName } from "../stores/store.ts";
import type { Reporter, Task } from "../ui/reporter.ts";
import { headOf } from "./heads.ts";
import { abortCause, throwIfAborted } from "./lock.ts";
import { compareVersions } from "./version.ts";

/** A step about to run. */
export interface RunStep {
  readonly step: Step;
  /** The half-done revision to go on from; its hashes were checked. */
  readonly resume: Revision | null;
  readonly statements: number;
}

export interface RunOptions {
  readonly direction: "up" | "down";
  /** In the order of application; a down runs them from the last to the first. */
  readonly steps: readonly RunStep[];
  readonly stores: ReadonlyMap<StoreName, Store>;
  readonly headStore: Store;
  /** Complete revisions of each store when the run begins. */
  readonly applied: ReadonlyMap<StoreName, readonly AppliedStep[]>;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  readonly dbctlVersion: string;
  readonly nowMs: () => number;
}

export interface AppliedStep {
  readonly version: string;
  readonly chain: string;
}

/** What a step came to. */
export interface StepResult {
  readonly version: string;
  readonly name: string;
  readonly store: StoreName;
  readonly statements: number;
  /** Statements that an earlier run had done already. */
  readonly resumedAt: number;
  readonly durationMs: number;
}

/** Results so far, and what stopped the run; null when it reached the end. */
export interface RunOutcome {
  readonly done: readonly StepResult[];
  readonly failure: { readonly step: Step; readonly error: DbctlError } | null;
}

/**
 * Runs the steps one after the other. Umzug drives the order and the events; it neither stores nor locks: the adapter
 * records each step with its statements, and the head follows it (precedes it, going down), so that a crash at any
 * point leaves a history at or ahead of its head.
 */
export async function runSteps(options: RunOptions): Promise<RunOutcome> {
  // 150 ms to load: only whoever has something to run pays for it.
  const { Umzug } = await import("umzug");
  const { direction, steps } = options;
  const applied = new Map([...options.applied].map(([store, list]) => [store, [...list]]));
  const runs = new Map(steps.map((run) => [stepName(run.step), run]));
  const done: StepResult[] = [];
  let task: Task | undefined;
  let current: Step | undefined;

  const umzug = new Umzug({
    migrations: steps.map((run) => {
      const execute = async () => {
        current = run.step;
        throwIfAborted(options.signal);
        await runStep(run, options, {
          applied,
          onStatement: (count) => task?.progress(count),
          onDone: (result) => done.push(result),
        });
      };
      return { name: stepName(run.step), up: execute, down: execute };
    }),
    storage: {
      executed: async () => (direction === "up" ? [] : [...runs.keys()]),
      logMigration: async () => {},
      unlogMigration: async () => {},
    },
    logger: undefined,
  });
  umzug.on(direction === "up" ? "migrating" : "reverting", ({ name }) => {
    const run = runs.get(name);
    const label = run === undefined ? name : `${run.step.version}_${run.step.name}`;
    task = options.reporter.task(label, {
      store: run?.step.store,
      unit: "statements",
      total: run?.statements,
    });
  });
  umzug.on(direction === "up" ? "migrated" : "reverted", () => task?.succeed());

  try {
    await (direction === "up" ? umzug.up() : umzug.down({ to: 0 }));
    return { done, failure: null };
  } catch (thrown) {
    task?.fail();
    if (current === undefined) throw thrown;
    const cause = thrown instanceof Error && thrown.cause !== undefined ? thrown.cause : thrown;
    return { done, failure: { step: current, error: abortCause(asDbctlError(cause), options.signal) } };
  }
}

/** `0003_executions postgres`: unique within a run. */
export function stepName({ version, name, store }: Pick<Step, "version" | "name" | "store">): string {
  return `${version}_${name} ${store}`;
}

interface StepHooks {
  /** Complete steps of each store; kept up to date. */
  readonly applied: Map<StoreName, AppliedStep[]>;
  readonly onStatement: (applied: number) => void;
  /** Called once the step has taken effect, before its head is recorded. */
  readonly onDone: (result: StepResult) => void;
}

async function runStep(run: RunStep, options: RunOptions, hooks: StepHooks): Promise<void> {
  const { step, resume, statements } = run;
  const { version, name, chain } = step;
  const { direction, dbctlVersion, signal, nowMs } = options;
  const { applied, onStatement } = hooks;
  const store = options.stores.get(step.store);
  if (store === undefined) throw new DbctlError("INTERNAL", `${step.store} is not connected`);
  const others = (applied.get(step.store) ?? []).filter(
    (other) => compareVersions(other.version, version) !== 0,
  );
  const after = direction === "up" ? [...others, { version, chain }] : others;
  const recordHead = () =>
    options.headStore.migrations.recordHead(step.store, headOf(step.store, after), signal);

  const startedMs = nowMs();
  if (direction === "down") await recordHead();
  await store.migrations.apply(step, { direction, resume, dbctlVersion, signal, onStatement });
  applied.set(step.store, after);
  const resumedAt = resume?.statementsApplied ?? 0;
  hooks.onDone({ version, name, store: step.store, statements, resumedAt, durationMs: nowMs() - startedMs });
  if (direction === "up") await recordHead();
}
