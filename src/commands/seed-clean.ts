import type { Command, Context } from "../context.ts";
import { EXIT } from "../errors.ts";
import { removeAll } from "../seed/clean.ts";
import type { StoreName } from "../stores/store.ts";
import { confirmDestructive } from "./guard.ts";
import { type ClosedPlace, isOpen, type OpenEntity, type OpenPlace, openLayer, placeName } from "./layer.ts";
import { loadProjectSeeds } from "./seed-run.ts";

export interface SeedCleanOptions {
  readonly confirm?: string | undefined;
  readonly dryRun: boolean;
}

export interface CleanedPlace {
  readonly entity: string;
  /** `postgres:executions` */
  readonly place: string;
  readonly store: StoreName;
  /** Why nothing was deleted here; null otherwise. */
  readonly reason: string | null;
  /** Deleted, or in a dry run: to be deleted. */
  readonly rows: number;
  readonly durationMs: number;
}

export interface SeedCleanData {
  readonly dryRun: boolean;
  /** In the order of deletion: rows that refer to others go first, copies before their source. */
  readonly places: readonly CleanedPlace[];
}

/**
 * Deletes every row, seeded or not, of the entities that the project's seeds make, from their sources and all copies,
 * archives included. Status 10 when an optional store was down.
 */
export const run: Command<SeedCleanOptions, SeedCleanData> = async (context, { confirm, dryRun }) => {
  const seeds = await loadProjectSeeds(context);
  const entities = context.config.entities.filter(({ name }) =>
    seeds.some((seed) => Object.hasOwn(seed.entities, name)),
  );
  const layer = await openLayer(context, entities);
  const ordered = layer.entities.toReversed().flatMap(placesOf);
  if (!dryRun) {
    const counted = await Promise.all(
      ordered.map(async ({ place }) => `${placeName(place.place)}: ${await describe(context, place)}`),
    );
    await confirmDestructive(context, {
      action: "seed clean deletes every row of the entities that the seeds make",
      details: counted,
      confirm: confirm ?? context.config.confirm ?? undefined,
      always: true,
    });
  }
  const isPartial = ordered.some(({ place }) => !isOpen(place) && !place.isChosen);
  const places: CleanedPlace[] = [];
  for (const { entity, place } of ordered) places.push(await clean(context, entity, place, dryRun));
  return {
    exitStatus: isPartial ? EXIT.inconclusive : EXIT.ok,
    data: { dryRun, places },
    warnings: layer.warnings,
  };
};

interface EntityPlace {
  readonly entity: string;
  readonly place: OpenPlace | ClosedPlace;
}

function placesOf({ entity, source, copies }: OpenEntity): readonly EntityPlace[] {
  return [...copies, source].map((place) => ({ entity: entity.name, place }));
}

async function describe({ signal }: Context, place: OpenPlace | ClosedPlace): Promise<string> {
  if (!isOpen(place)) return place.reason;
  return `${await place.collection.count({ signal })} rows at ${place.store.address}`;
}

async function clean(
  { signal, reporter }: Context,
  entity: string,
  place: OpenPlace | ClosedPlace,
  dryRun: boolean,
): Promise<CleanedPlace> {
  const { ref } = place.place;
  const about = { entity, place: placeName(place.place), store: ref.store };
  if (!isOpen(place)) return { ...about, reason: place.reason, rows: 0, durationMs: 0 };
  const startedMs = performance.now();
  if (dryRun) {
    const rows = await place.collection.count({ signal });
    return { ...about, reason: null, rows, durationMs: Math.round(performance.now() - startedMs) };
  }
  const task = reporter.task(`clean ${about.place}`, { store: ref.store, unit: "rows" });
  try {
    const rows = await removeAll(place.collection, { signal, onRows: (count) => task.progress(count) });
    task.succeed();
    return { ...about, reason: null, rows, durationMs: Math.round(performance.now() - startedMs) };
  } catch (error) {
    task.fail();
    throw error;
  }
}
