import { importDefault } from "../config/module.ts";
import { projectionOf } from "../config/projection.ts";
import type { Command, Context } from "../context.ts";
import { viewOf } from "../encoding/view.ts";
import { DbctlError } from "../errors.ts";
import type { Seed } from "../seed/define.ts";
import { loadSeeds } from "../seed/load.ts";
import { runSeeds, type SeedPlan, type SeedTarget } from "../seed/run.ts";
import type { Projection } from "../stores/store.ts";
import type { TargetReport } from "../sync/fan-out.ts";
import { isOpen, type OpenCopy, type OpenEntity, openLayer, selectEntities } from "./layer.ts";
import { type LoadedPlace, loadedPlace, loadStatus, loadWarnings, skippedPlace } from "./loaded-place.ts";

export interface SeedRunOptions {
  /** All that the seeds make when left out. */
  readonly entities?: readonly string[] | undefined;
  readonly scale: number;
  readonly randomSeed: number;
  readonly dryRun: boolean;
}

export interface SeededEntityData {
  readonly entity: string;
  readonly seed: string;
  /** Source first. */
  readonly places: readonly LoadedPlace[];
}

export interface SeedRunData {
  readonly dryRun: boolean;
  readonly scale: number;
  readonly randomSeed: number;
  readonly entities: readonly SeededEntityData[];
  /** Entities whose source was out of reach: nothing was written of them anywhere. */
  readonly skipped: readonly { readonly entity: string; readonly reason: string }[];
}

/**
 * Makes the rows of the project's seeds once and loads them into every source and copy. Rows of a key that is there
 * are replaced. Status 1 when a store refused rows, 10 when an optional store was down.
 */
export const run: Command<SeedRunOptions, SeedRunData> = async (context, options) => {
  const { scale, randomSeed, dryRun } = options;
  const seeds = await loadProjectSeeds(context);
  const made = (name: string) => seeds.some((seed) => Object.hasOwn(seed.entities, name));
  const wanted = selectEntities(context, options.entities).filter(({ name }) => made(name));
  refuseUnmade(options.entities ?? [], made);
  const layer = await openLayer(context, wanted);
  const opened = new Map(layer.entities.map((open) => [open.entity.name, open]));
  const plans = context.config.entities
    .filter(({ name }) => made(name))
    .map((entity): SeedPlan => {
      const open = opened.get(entity.name);
      const projection = wholeProjection(projectionOf(entity, entity.source));
      return { entity: entity.name, projection, targets: open ? targetsOf(open, projection) : null };
    });

  const task = context.reporter.task(dryRun ? "count rows" : "seed", { unit: "rows" });
  let before = 0;
  let current = { entity: "", rows: 0 };
  const seeded = await runSeeds(seeds, plans, {
    scale,
    randomSeed,
    dryRun,
    signal: context.signal,
    onRows: (entity, rows) => {
      if (entity !== current.entity || rows < current.rows) before += current.rows;
      current = { entity, rows };
      task.progress(before + rows, entity);
    },
  }).catch((error: unknown) => {
    task.fail();
    throw error;
  });
  task.succeed();

  const entities = seeded.map(({ entity, seed, targets }) => {
    const open = opened.get(entity);
    return { entity, seed, places: open === undefined ? [] : placesOf(open, targets) };
  });
  const skipped = layer.entities.flatMap(({ entity, source }) =>
    isOpen(source) ? [] : [{ entity: entity.name, reason: source.reason }],
  );
  const places = entities.flatMap((entity) => entity.places);
  return {
    exitStatus: loadStatus(places, layer),
    data: { dryRun, scale, randomSeed, entities, skipped },
    warnings: [...layer.warnings, ...loadWarnings(places)],
  };
};

/** The seeds of the project's folder. @throws CONFIG_INVALID */
export async function loadProjectSeeds({ config }: Context): Promise<readonly Seed[]> {
  return loadSeeds({ dir: config.seedsDir, entities: config.entities, importDefault });
}

function refuseUnmade(names: readonly string[], made: (name: string) => boolean): void {
  const unmade = names.filter((name) => !made(name));
  if (unmade.length === 0) return;
  throw new DbctlError("USAGE", `no seed makes ${unmade.join(", ")}`, {
    hint: "name an entity that a file of the seeds folder makes",
  });
}

function wholeProjection(projection: Projection): Projection {
  return { ...projection, where: [] };
}

/** Null when the source is out of reach: a copy alone would hold rows without a source. */
function targetsOf({ source, copies }: OpenEntity, whole: Projection): readonly SeedTarget[] | null {
  if (!isOpen(source)) return null;
  const first = { collection: source.collection, whole: source.whole, view: viewOf(whole, whole) };
  const others = copies.filter(isOpen<OpenCopy>).map(({ collection, whole: all, expected }) => ({
    collection,
    whole: all,
    view: viewOf(whole, expected),
  }));
  return [first, ...others];
}

function placesOf({ source, copies }: OpenEntity, reports: readonly TargetReport[]) {
  const open = [source, ...copies].filter((place) => isOpen(place));
  return [source, ...copies].map((place) =>
    isOpen(place)
      ? loadedPlace(place.place, reports[open.indexOf(place)])
      : skippedPlace(place.place, place.reason),
  );
}
