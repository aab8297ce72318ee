import type { Command, Context, Warning } from "../context.ts";
import { DbctlError, ERRORS, type ErrorCode, EXIT, type ExitStatus } from "../errors.ts";
import type { Snapshot, StoreName } from "../stores/store.ts";
import { mapLimit } from "../util/pool.ts";
import { compareEntity, type EntityOutcome } from "../verify/compare.ts";
import type { CopyOutcome } from "../verify/copy-run.ts";
import type { CopyPlan } from "../verify/plan.ts";
import { type RepairTarget, repair } from "../verify/repair.ts";
import {
  type CheckState,
  copyReport,
  type EntityReport,
  entityReport,
  perSecond,
  type RepairReport,
  uncheckedCopy,
  worst,
} from "../verify/report.ts";
import { layerRoot } from "../verify/root.ts";
import { differencesIn } from "../verify/tally.ts";
import { confirmDestructive } from "./guard.ts";
import {
  isOpen,
  type Layer,
  type OpenCopy,
  type OpenEntity,
  openLayer,
  placeName,
  selectEntities,
  withSnapshots,
} from "./layer.ts";

export interface VerifyOptions {
  /** All when left out. */
  readonly entities?: readonly string[] | undefined;
  readonly repair: boolean;
  /** With `repair`: delete from the copies what their source lacks. */
  readonly deleteExtra: boolean;
  /** Differences kept for each copy; all are counted. */
  readonly limit: number;
  /** With `repair`: say what would be written. */
  readonly dryRun: boolean;
  readonly confirm?: string | undefined;
  /** How long a write may take from a source to its copies, in ms; 1,000 when left out. */
  readonly lagMs?: number | undefined;
}

export interface VerifyData {
  readonly state: CheckState;
  /** Names the state of the whole layer; null unless every declared entity's source was read. */
  readonly root: string | null;
  readonly entities: readonly EntityReport[];
  /** Of the comparison that `entities` tells of. */
  readonly durationMs: number;
  /** Rows of the sources, read and compared. */
  readonly rowsPerSecond: number;
  /** Null without `repair`. `entities` then tells how things are after it. */
  readonly repair: { readonly dryRun: boolean; readonly copies: readonly RepairReport[] } | null;
}

const DEFAULT_LAG_MS = 1000;
/** Entities compared at once: enough to overlap the waits of one with the work of another. */
const ENTITIES_AT_ONCE = 2;

const STATUS: Record<CheckState, ExitStatus> = {
  equal: EXIT.ok,
  different: EXIT.integrity,
  inconclusive: EXIT.inconclusive,
  "not checked": EXIT.inconclusive,
};

/**
 * Proves by hashes that every copy agrees with its source, or names the keys that do not. Status 0, 6, or 10 when
 * something was left out or kept changing.
 */
export const run: Command<VerifyOptions, VerifyData> = async (context, options) => {
  if (options.deleteExtra && !options.repair) {
    throw new DbctlError("USAGE", "--delete-extra deletes only within a repair", { hint: "add --repair" });
  }
  const selected = selectEntities(context, options.entities);
  if (options.repair && !options.dryRun) await guard(context, options, selected);
  const layer = await openLayer(context, selected);
  let { checked, durationMs } = await compareAll(context, layer, options);
  let repaired: VerifyData["repair"] = null;
  if (options.repair) {
    const copies = await repairAll(context, checked, options);
    repaired = { dryRun: options.dryRun, copies };
    const isTouched = copies.some(({ written, deleted }) => written + deleted > 0);
    if (isTouched && !options.dryRun) {
      ({ checked, durationMs } = await compareAll(context, layer, options));
    }
  }
  const entities = checked.map(({ report }) => report);
  const state = worst(entities.map((entity) => entity.state));
  return {
    exitStatus: STATUS[state],
    data: {
      state,
      root: rootOf(context, checked),
      entities,
      durationMs: Math.round(durationMs),
      rowsPerSecond: perSecond(
        entities.reduce((sum, { rows }) => sum + (rows ?? 0), 0),
        durationMs,
      ),
      repair: repaired,
    },
    warnings: [...layer.warnings, ...warningsOf(checked)],
  };
};

async function guard(context: Context, options: VerifyOptions, selected: ReturnType<typeof selectEntities>) {
  const { deleteExtra } = options;
  await confirmDestructive(context, {
    action: `a repair writes to the copies what their sources hold${deleteExtra ? ", and deletes what those lack" : ""}`,
    details: selected.flatMap((entity) =>
      entity.copies.map((copy) => `${entity.name}: ${placeName(copy)} from ${placeName(entity.source)}`),
    ),
    confirm: options.confirm ?? context.config.confirm ?? undefined,
    always: false,
  });
}

/** An entity with what comparing it came to; no outcome when its source was out of reach. */
interface Checked {
  readonly open: OpenEntity;
  readonly outcome: EntityOutcome | null;
  readonly report: EntityReport;
}

async function compareAll(context: Context, layer: Layer, options: VerifyOptions) {
  const startedMs = performance.now();
  const checked = await withSnapshots(layer.stores, context.signal, (snapshots) =>
    mapLimit(layer.entities, ENTITIES_AT_ONCE, context.signal, (open, signal) =>
      compareOne(context, open, options, snapshots, signal),
    ),
  );
  return { checked, durationMs: performance.now() - startedMs };
}

async function compareOne(
  context: Context,
  open: OpenEntity,
  options: VerifyOptions,
  snapshots: ReadonlyMap<StoreName, Snapshot>,
  signal: AbortSignal,
): Promise<Checked> {
  const { entity, source, copies } = open;
  if (!isOpen(source)) return { open, outcome: null, report: uncheckedEntity(open, source.reason) };
  const plan = {
    name: entity.name,
    source: source.collection,
    snapshot: snapshots.get(source.store.name),
    copies: copies.filter(isOpen<OpenCopy>).map(
      (copy): CopyPlan => ({
        collection: copy.collection,
        role: copy.place.options.role ?? "projection",
        expected: copy.expected,
        snapshot: snapshots.get(copy.store.name),
        lagMs: Math.max(
          options.lagMs ?? DEFAULT_LAG_MS,
          source.store.traits.visibilityDelayMs,
          copy.store.traits.visibilityDelayMs,
        ),
        optional: context.stores.isOptional(copy.store.name),
      }),
    ),
  };
  const task = context.reporter.task(`verify ${entity.name}`, { unit: "rows" });
  try {
    const outcome = await compareEntity(plan, {
      signal,
      limit: options.limit,
      rememberKeys: options.repair,
      onRows: (rows) => task.progress(rows),
    });
    const report = entityReport(entity.name, placeName(entity.source), outcome, reportsOf(open, outcome));
    if (report.state === "equal") task.succeed();
    else task.fail(report.state);
    return { open, outcome, report };
  } catch (error) {
    task.fail();
    throw error;
  }
}

/** One report a declared copy, in the order of the declaration. */
function reportsOf({ copies }: OpenEntity, outcome: EntityOutcome) {
  const compared = outcome.copies[Symbol.iterator]();
  return copies.map((copy) => {
    if (!isOpen<OpenCopy>(copy)) return uncheckedCopy(aboutCopy(copy.place), copy.reason);
    const next = compared.next();
    return next.done ? uncheckedCopy(aboutCopy(copy.place), "it was not compared") : copyReport(next.value);
  });
}

function uncheckedEntity({ entity, copies }: OpenEntity, reason: string): EntityReport {
  return {
    entity: entity.name,
    source: placeName(entity.source),
    state: "not checked",
    reason,
    rows: null,
    root: null,
    copies: copies.map(({ place }) => uncheckedCopy(aboutCopy(place), reason)),
    durationMs: 0,
    rowsPerSecond: 0,
  };
}

function aboutCopy(place: OpenEntity["copies"][number]["place"]) {
  return { copy: placeName(place), store: place.ref.store, role: place.options.role ?? "projection" };
}

async function repairAll(
  { signal, reporter }: Context,
  checked: readonly Checked[],
  { deleteExtra, dryRun, limit }: VerifyOptions,
): Promise<readonly RepairReport[]> {
  const found = checked.flatMap(({ open, outcome }) => {
    const { source } = open;
    if (outcome === null || !isOpen(source)) return [];
    return outcome.copies
      .filter((copy) => copy.failure === null && differencesIn(copy.counts) > 0)
      .map((copy) => ({ entity: open.entity.name, source: source.collection, copy }));
  });
  const targets = found.map(
    ({ source, copy }): RepairTarget => ({ source, copy: copy.plan, keys: copy.keys }),
  );
  const task = reporter.task(dryRun ? "plan the repair" : "repair", { unit: "rows" });
  try {
    const outcomes = await repair(targets, { signal, deleteExtra, dryRun, limit });
    task.succeed();
    return found.flatMap(({ entity, copy }, index) => {
      const outcome = outcomes[index];
      return outcome === undefined ? [] : [repairReport(entity, copy, outcome)];
    });
  } catch (error) {
    task.fail();
    throw error;
  }
}

function repairReport(
  entity: string,
  copy: CopyOutcome,
  outcome: Awaited<ReturnType<typeof repair>>[number],
): RepairReport {
  const { copy: name, store, differences } = copyReport(copy);
  return { entity, copy: name, store, found: copy.counts, differences, ...outcome };
}

function rootOf({ config }: Context, checked: readonly Checked[]): string | null {
  const roots = checked.flatMap(({ open, outcome }) =>
    outcome === null ? [] : [{ name: open.entity.name, root: outcome.root }],
  );
  return roots.length === config.entities.length ? layerRoot(roots).toString("hex") : null;
}

/** What keeps the answer from being "equal", for whoever does not read the tables. */
function warningsOf(checked: readonly Checked[]): readonly Warning[] {
  const copies = checked.flatMap(({ report }) => report.copies);
  const differing = copies.filter((copy) => copy.state === "different");
  const keys = differing.reduce((sum, copy) => sum + copy.differencesTotal, 0);
  const unchecked = checked.flatMap(({ report }) =>
    report.reason === null
      ? report.copies.flatMap(({ copy, reason }) =>
          reason === null ? [] : [`${copy} was not checked: ${reason}`],
        )
      : [`${report.entity} was not checked: ${report.reason}`],
  );
  const converging = copies.filter((copy) => (copy.counts?.converging ?? 0) > 0);
  return [
    ...(keys === 0 ? [] : [warning("STORES_DIFFER", differingText(keys, differing.length))]),
    ...unchecked.map((message) => warning("INCONCLUSIVE", message)),
    ...converging.map(({ copy, counts }) =>
      warning("INCONCLUSIVE", `${counts?.converging} keys of ${copy} kept changing while they were compared`),
    ),
  ];
}

function differingText(keys: number, copies: number): string {
  const where = copies === 1 ? "a copy" : `${copies} copies`;
  return keys === 1
    ? `1 key of ${where} differs from its source`
    : `${keys} keys of ${where} differ from their source`;
}

function warning(code: ErrorCode, message: string): Warning {
  return { code, message, hint: ERRORS[code].hint };
}
