import type { Entity, Place } from "../config/entity.ts";
import { didYouMean } from "../config/faults.ts";
import { projectionOf, sourceProjectionFor } from "../config/projection.ts";
import { type ConnectedStores, connectStores } from "../connect.ts";
import type { Context, Warning } from "../context.ts";
import { DbctlError } from "../errors.ts";
import type { Collection, Projection, Snapshot, Store, StoreName } from "../stores/store.ts";
import { together } from "../util/together.ts";
import { collectionName } from "../verify/plan.ts";

/** A source or a copy whose store is connected. */
export interface OpenPlace {
  readonly place: Place;
  readonly store: Store;
  /** All that the place holds of the entity, its `where` applied. */
  readonly collection: Collection;
  /** The same without `where`. */
  readonly whole: Collection;
}

export interface OpenCopy extends OpenPlace {
  /** The part of the source that the copy should hold, under the source's columns. */
  readonly expected: Projection;
}

/** A place that this run leaves out, and why. */
export interface ClosedPlace {
  readonly place: Place;
  readonly reason: string;
  /** By a flag; otherwise its store is optional and down. */
  readonly isChosen: boolean;
}

/** An entity with what of it this run can reach. */
export interface OpenEntity {
  readonly entity: Entity;
  readonly source: OpenPlace | ClosedPlace;
  readonly copies: readonly (OpenCopy | ClosedPlace)[];
}

export interface Layer {
  readonly entities: readonly OpenEntity[];
  readonly stores: ReadonlyMap<StoreName, Store>;
  readonly warnings: readonly Warning[];
}

/** `postgres:executions` */
export function placeName(place: Place): string {
  return collectionName(place.ref);
}

export function isOpen<Place extends OpenPlace>(place: Place | ClosedPlace): place is Place {
  return "collection" in place;
}

/** The entities of these names (all when left out), in the order of the configuration. @throws USAGE for unknown ones */
export function selectEntities(context: Context, names: readonly string[] | undefined): readonly Entity[] {
  const { entities } = context.config;
  if (names === undefined || names.length === 0) return entities;
  const known = entities.map((entity) => entity.name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    const hint = didYouMean(unknown[0] ?? "", known) ?? `the entities are ${known.join(", ")}`;
    throw new DbctlError("USAGE", `the configuration declares no entity ${unknown.join(", ")}`, { hint });
  }
  return entities.filter((entity) => names.includes(entity.name));
}

/**
 * Connects the stores of these entities and opens their collections. What a flag leaves out and optional stores that
 * are down stay closed. @throws as `connectStores` and `Store.collection`
 */
export async function openLayer(context: Context, entities: readonly Entity[]): Promise<Layer> {
  const places = entities.flatMap((entity) => [entity.source, ...entity.copies]);
  const used = new Set(places.map((place) => place.ref.store));
  const names = [...used].filter((name) => !context.stores.skipped.includes(name));
  const connected = await connectStores(context, names);
  const now = context.now();
  return {
    entities: await Promise.all(entities.map((entity) => openEntity(context, connected, entity, now))),
    stores: connected.stores,
    warnings: connected.warnings,
  };
}

async function openEntity(
  context: Context,
  connected: ConnectedStores,
  entity: Entity,
  now: Date,
): Promise<OpenEntity> {
  const open = (place: Place) => openPlace(context, connected, place, projectionOf(entity, place, { now }));
  const [source, ...copies] = await Promise.all([
    open(entity.source),
    ...entity.copies.map(async (copy) => {
      const opened = await open(copy);
      return isOpen(opened) ? { ...opened, expected: sourceProjectionFor(entity, copy, { now }) } : opened;
    }),
  ]);
  return { entity, source, copies };
}

async function openPlace(
  context: Context,
  { stores, unavailable }: ConnectedStores,
  place: Place,
  projection: Projection,
): Promise<OpenPlace | ClosedPlace> {
  const { ref } = place;
  const store = stores.get(ref.store);
  if (store === undefined) {
    const failure = unavailable.get(ref.store);
    const reason = failure?.message ?? `${ref.store} is left out of this run`;
    return { place, reason, isChosen: failure === undefined };
  }
  const collection = await store.collection(ref, projection, context.signal);
  const whole =
    projection.where.length === 0
      ? collection
      : await store.collection(ref, { ...projection, where: [] }, context.signal);
  return { place, store, collection, whole };
}

/** Runs with one snapshot of each store that has them, taken at once, and releases them whatever happens. */
export async function withSnapshots<T>(
  stores: ReadonlyMap<StoreName, Store>,
  signal: AbortSignal,
  run: (snapshots: ReadonlyMap<StoreName, Snapshot>) => Promise<T>,
): Promise<T> {
  const snapshots = new Map<StoreName, Snapshot>();
  try {
    await together(signal, (signal) =>
      [...stores].map(async ([name, store]) => {
        const snapshot = store.traits.snapshotReads ? await store.snapshot?.(signal) : undefined;
        if (snapshot !== undefined) snapshots.set(name, snapshot);
      }),
    );
    return await run(snapshots);
  } finally {
    await Promise.all([...snapshots.values()].map((snapshot) => snapshot.release()));
  }
}
