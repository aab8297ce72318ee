import type { Command, Context, Warning } from "../context.ts";
import { EXIT, type ExitStatus } from "../errors.ts";
import { grownSum } from "../migrate/chain-growth.ts";
import { runFailure } from "../migrate/failure.ts";
import { mayExtendSum, migrationsFolder, openLayer, readPlan } from "../migrate/layer.ts";
import { DEFAULT_LOCK_WAIT_MS, throwIfAborted, withMigrationLock } from "../migrate/lock.ts";
import type { Plan } from "../migrate/plan.ts";
import { type PreparedStep, prepareUp } from "../migrate/prepare.ts";
import { asWarnings, unreachedWarnings } from "../migrate/report.ts";
import { runOnLayer } from "../migrate/run.ts";
import type { StepResult } from "../migrate/runner.ts";
import { readSum, SUM_FILE, writeSum } from "../migrate/sum.ts";
import type { StoreName } from "../stores/store.ts";

export interface MigrateUpOptions {
  readonly dryRun: boolean;
  /** Default: 10 minutes. */
  readonly lockWaitMs?: number | undefined;
  readonly allowOutOfOrder: boolean;
}

/** What a step would run. */
export interface StepPreview {
  readonly version: string;
  readonly name: string;
  readonly store: StoreName;
  readonly file: string;
  readonly transaction: boolean;
  /** Statements that an earlier run has done already: they are not among `statements`. */
  readonly resumedAt: number;
  readonly statements: readonly { readonly line: number; readonly text: string }[];
}

export interface MigrateUpData {
  readonly dryRun: boolean;
  /** Steps that this run applied, in order. */
  readonly applied: readonly StepResult[];
  /** With `dryRun`: what it would have applied. */
  readonly planned: readonly StepPreview[];
  /** Files that this run added to dbctl.sum. */
  readonly chained: readonly string[];
  /** Steps that were applied before. */
  readonly alreadyApplied: number;
}

/** Applies every pending step of every store, under the layer's lock; with `dryRun` only says what that would be. */
export const run: Command<MigrateUpOptions, MigrateUpData> = async (context, options) => {
  const layer = await openLayer(context);
  const prepare = (plan: Plan) => prepareUp(plan, { ...layer, allowOutOfOrder: options.allowOutOfOrder });
  // Before the lock, so that a run with nothing to do, or with a fault in its files, waits for nobody.
  const first = await readPlan(context.config, layer, context.signal);
  const prepared = prepare(first);
  const warnings = [...layer.warnings, ...asWarnings(first.remarks), ...unreachedWarnings(first)];
  const exitStatus: ExitStatus = first.steps.some(({ absence }) => absence === "unavailable")
    ? EXIT.inconclusive
    : EXIT.ok;
  const alreadyApplied = first.steps.filter(({ state }) => state === "applied").length;
  const nothing = { dryRun: options.dryRun, applied: [], planned: [], chained: [], alreadyApplied };
  if (options.dryRun) {
    return { exitStatus, data: { ...nothing, planned: prepared.map((step) => preview(step)) }, warnings };
  }
  if (prepared.length === 0 && first.behindHeads.length === 0) {
    const chain = growChain(context, first);
    return {
      exitStatus,
      data: { ...nothing, chained: chain.added },
      warnings: [...warnings, ...chain.warnings],
    };
  }

  const waitMs = options.lockWaitMs ?? DEFAULT_LOCK_WAIT_MS;
  const locked = await withMigrationLock(context, waitMs, async (signal) => {
    const plan = await readPlan(context.config, layer, signal);
    const steps = prepare(plan);
    for (const head of plan.behindHeads) {
      throwIfAborted(signal);
      await layer.headStore.migrations.recordHead(head.store, head, signal);
    }
    const outcome = await runOnLayer(context, layer, { direction: "up", steps, before: plan, signal });
    const applied = plan.steps.filter(({ state }) => state === "applied").length;
    if (steps.length === 0 || outcome.failure !== null) return { steps, outcome, applied, chain: NO_GROWTH };
    const after = await readPlan(context.config, layer, signal);
    return { steps, outcome, applied, chain: growChain(context, after) };
  });
  const { steps, outcome, applied, chain } = locked.value;
  const { done, failure } = outcome;
  if (failure !== null) throw runFailure("up", { done, failure }, steps);
  return {
    exitStatus,
    data: { ...nothing, applied: done, chained: chain.added, alreadyApplied: applied },
    warnings: [...warnings, ...locked.warnings, ...chain.warnings],
  };
};

interface Growth {
  readonly added: readonly string[];
  readonly warnings: readonly Warning[];
}

const NO_GROWTH: Growth = { added: [], warnings: [] };

/** Adds the files of applied versions to dbctl.sum, where that may be; a folder that can't be written is a warning. */
function growChain({ config }: Context, plan: Plan): Growth {
  if (!mayExtendSum(config)) return NO_GROWTH;
  const grown = grownSum(plan, readSum(config.migrationsDir));
  if (grown === null) return NO_GROWTH;
  try {
    writeSum(config.migrationsDir, grown.checksums);
    return { added: grown.added, warnings: [] };
  } catch (error) {
    const file = `${migrationsFolder(config)}/${SUM_FILE}`;
    const why = error instanceof Error ? error.message : String(error);
    const hint = "run dbctl migrate up once where the folder can be written, and commit the file";
    return {
      added: [],
      warnings: [{ code: "CHAIN_BROKEN", message: `${file} could not be written: ${why}`, hint }],
    };
  }
}

/** What a prepared step is about to run. */
export function preview(
  { step, resume, parsed }: PreparedStep,
  direction: "up" | "down" = "up",
): StepPreview {
  const { version, name, store, directives } = step;
  const file = (direction === "up" ? step.up : step.down)?.file ?? step.up.file;
  const resumedAt = resume?.statementsApplied ?? 0;
  const statements = parsed.slice(resumedAt).map(({ line, text }) => ({ line, text }));
  return { version, name, store, file, transaction: directives.transaction, resumedAt, statements };
}
