import type { Command, Context } from "../context.ts";
import type { Snapshot, StoreName } from "../stores/store.ts";
import { type SyncCopy, syncCopies } from "../sync/sync.ts";
import { confirmDestructive } from "./guard.ts";
import {
  isOpen,
  type OpenCopy,
  type OpenEntity,
  type OpenPlace,
  openLayer,
  placeName,
  selectEntities,
  withSnapshots,
} from "./layer.ts";
import { type LoadedPlace, loadedPlace, loadStatus, loadWarnings, skippedPlace } from "./loaded-place.ts";

export interface SyncOptions {
  /** All when left out. */
  readonly entities?: readonly string[] | undefined;
  readonly dryRun: boolean;
}

export interface SyncedEntity {
  readonly entity: string;
  readonly source: string;
  /** Null when the source was within reach. */
  readonly reason: string | null;
  readonly copies: readonly LoadedPlace[];
}

export interface SyncData {
  readonly dryRun: boolean;
  /** Those that have copies. */
  readonly entities: readonly SyncedEntity[];
}

/** Brings every copy to the state of its source; deletes nothing. Status 1 when a store refused rows, 10 when an optional store was down. */
export const run: Command<SyncOptions, SyncData> = async (context, options) => {
  const selected = selectEntities(context, options.entities).filter((entity) => entity.copies.length > 0);
  if (!options.dryRun) {
    await confirmDestructive(context, {
      action: "sync overwrites rows of the copies with those of their sources",
      details: selected.flatMap((entity) =>
        entity.copies.map((copy) => `${entity.name}: ${placeName(copy)} from ${placeName(entity.source)}`),
      ),
      confirm: context.config.confirm ?? undefined,
      always: false,
    });
  }
  const layer = await openLayer(context, selected);
  const entities = await withSnapshots(layer.stores, context.signal, async (snapshots) => {
    const synced: SyncedEntity[] = [];
    for (const open of layer.entities) synced.push(await syncEntity(context, open, options, snapshots));
    return synced;
  });
  const places = entities.flatMap((entity) => entity.copies);
  return {
    exitStatus: loadStatus(places, layer),
    data: { dryRun: options.dryRun, entities },
    warnings: [...layer.warnings, ...loadWarnings(places)],
  };
};

async function syncEntity(
  context: Context,
  { entity, source, copies }: OpenEntity,
  { dryRun }: SyncOptions,
  snapshots: ReadonlyMap<StoreName, Snapshot>,
): Promise<SyncedEntity> {
  const about = { entity: entity.name, source: placeName(entity.source) };
  if (!isOpen(source)) {
    const skipped = copies.map(({ place }) => skippedPlace(place, source.reason));
    return { ...about, reason: source.reason, copies: skipped };
  }
  const open = copies.filter(isOpen<OpenCopy>);
  const task = context.reporter.task(`sync ${entity.name}`, { unit: "rows" });
  const snapshot = snapshots.get(entity.source.ref.store);
  try {
    const reports = dryRun
      ? await Promise.all(open.map((copy) => countFor(context, source, copy, snapshot)))
      : await syncCopies(source.collection, open satisfies readonly SyncCopy[], {
          signal: context.signal,
          snapshot,
          onRows: (rows) => task.progress(rows),
        });
    task.succeed();
    const loaded = copies.map((copy) => {
      if (!isOpen<OpenCopy>(copy)) return skippedPlace(copy.place, copy.reason);
      return loadedPlace(copy.place, reports[open.indexOf(copy)]);
    });
    return { ...about, reason: null, copies: loaded };
  } catch (error) {
    task.fail();
    throw error;
  }
}

/** What a run would write. */
async function countFor(
  { signal }: Context,
  source: OpenPlace,
  copy: OpenCopy,
  snapshot: Snapshot | undefined,
) {
  const startedMs = performance.now();
  const part = await source.store.collection(source.place.ref, copy.expected, signal);
  const rows = await part.count({ signal, snapshot });
  return { rows, rejected: [], rejectedCount: 0, durationMs: performance.now() - startedMs };
}
