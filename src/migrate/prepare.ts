import { asDbctlError, DbctlError } from "../errors.ts";
import type { Script, Statement, Step, Store, StoreName } from "../stores/store.ts";
import type { StepFiles } from "./files.ts";
import type { Plan, PlannedStep } from "./plan.ts";
import { throwProblems } from "./problem.ts";
import { checkResume } from "./resume.ts";
import type { RunStep } from "./runner.ts";
import { halfUndone } from "./unfinished.ts";

/** A step that is ready to run. */
export interface PreparedStep extends RunStep {
  readonly parsed: readonly Statement[];
}

export interface PrepareOptions {
  readonly stores: ReadonlyMap<StoreName, Store>;
  readonly allowOutOfOrder: boolean;
}

/**
 * The steps that `up` is to run, in order, each of them read by its store. Nothing runs before all of them are ready.
 * @throws the plan's problems; NOT_INITIALISED; CHECKSUM_MISMATCH when a statement that has run was edited;
 * MIGRATION_INVALID naming every script that its store can't run
 */
export function prepareUp(plan: Plan, { stores, allowOutOfOrder }: PrepareOptions): readonly PreparedStep[] {
  throwProblems([
    ...plan.problems.filter(({ code }) => !(allowOutOfOrder && code === "OUT_OF_ORDER")),
    ...plan.steps.flatMap((step) => halfUndone(step) ?? []),
  ]);
  const toRun = plan.steps.filter(isToRun(allowOutOfOrder));
  if (toRun.length === 0) return [];
  throwUninitialised(plan.uninitialised);
  const reader = new ScriptReader(stores);
  const prepared = toRun.map((planned): PreparedStep => {
    const { files, revision, attempt } = planned;
    const { up, down } = files;
    const parsed = reader.read(planned.store, up);
    if (parsed?.length === 0) reader.refuse(`${up.file} holds no statement: delete it, or say what it does`);
    if (down !== null) reader.read(planned.store, down);
    return {
      step: applicableStep(planned),
      resume: revision ?? attempt,
      parsed: parsed ?? [],
      statements: parsed?.length ?? 0,
    };
  });
  reader.finish();
  throwProblems(
    prepared.flatMap(({ step, resume, parsed }) => {
      const script = { file: step.up.file, statements: parsed };
      return resume === null ? [] : (checkResume(resume, script, step) ?? []);
    }),
  );
  return prepared;
}

/** @throws NOT_INITIALISED naming every one of `stores` */
export function throwUninitialised(stores: readonly StoreName[]): void {
  const [first] = stores;
  if (first === undefined) return;
  const have = stores.length === 1 ? "has" : "have";
  throw new DbctlError("NOT_INITIALISED", `${stores.join(" and ")} ${have} no migration history yet`, {
    store: first,
  });
}

/** Reads scripts as their stores do and keeps what they refuse, so that all of it is reported at once. */
export class ScriptReader {
  readonly #stores: ReadonlyMap<StoreName, Store>;
  readonly #errors: DbctlError[] = [];

  constructor(stores: ReadonlyMap<StoreName, Store>) {
    this.#stores = stores;
  }

  /** null when the store refuses the script. */
  read(name: StoreName, script: Script): readonly Statement[] | null {
    const store = this.#stores.get(name);
    if (store === undefined) throw new DbctlError("INTERNAL", `${name} is not connected`);
    try {
      return store.migrations.parse(script);
    } catch (error) {
      this.#errors.push(asDbctlError(error));
      return null;
    }
  }

  refuse(message: string): void {
    this.#errors.push(new DbctlError("MIGRATION_INVALID", message));
  }

  /** @throws MIGRATION_INVALID when anything was refused */
  finish(): void {
    const [first, ...others] = this.#errors;
    if (first === undefined) return;
    if (others.length === 0) throw first;
    const lines = this.#errors.map(({ message }) => `  ${message}`);
    throw new DbctlError("MIGRATION_INVALID", `${lines.length} scripts can't be run:\n${lines.join("\n")}`, {
      hint: "correct the migration files",
      cause: first,
    });
  }
}

type Runnable = PlannedStep & { readonly files: StepFiles };

function isToRun(allowOutOfOrder: boolean) {
  return (step: PlannedStep): step is Runnable =>
    step.files !== null &&
    (step.state === "pending" ||
      step.state === "half applied" ||
      (allowOutOfOrder && step.state === "out of order"));
}

function applicableStep({ version, name, store, chain, files }: Runnable): Step {
  const { up, down } = files;
  return { version, name, store, up, down, checksum: up.checksum, chain, directives: up.directives };
}
