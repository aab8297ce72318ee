import type { JsonText } from "../encoding/value.ts";
import type { Random } from "./random.ts";

/** A row by the field names of its entity; values as `encodeValue` takes them. A field left out is NULL. */
export type SeedRow = Readonly<Record<string, unknown>>;

/** Rows that earlier entities of the same seed kept, for those that refer to them. */
export interface Refs {
  /** All of them, in the order in which they were made. @throws CONFIG_INVALID for an entity that keeps nothing */
  all(entity: string): readonly SeedRow[];
  /** One of them at random. @throws CONFIG_INVALID when there is none */
  pick(entity: string): SeedRow;
}

/** What the generator of an entity may use: the same every time, so that it makes the same rows. */
export interface SeedContext {
  readonly random: Random;
  /** Of `--scale`: 1 is a few hundred rows an entity. */
  readonly scale: number;
  /** The seed's own present: data may not depend on the hour of the run. */
  readonly now: Date;
  readonly refs: Refs;
}

export interface SeedEntity {
  /** Fields that later entities may refer to: held in memory for each row. */
  readonly keep?: readonly string[];
  /** Makes the rows one after the other; they are never all in memory. */
  rows(context: SeedContext): Iterable<SeedRow> | AsyncIterable<SeedRow>;
}

/** What a file of `seeds/` exports by default. */
export interface Seed {
  readonly name: string;
  /** What `now` is for its rows, ISO 8601; 2026-01-01T00:00:00Z when left out. */
  readonly now?: string;
  /** By the names of the configuration's entities; they are loaded in the order of the configuration. */
  readonly entities: Readonly<Record<string, SeedEntity>>;
}

/** What a seed file that exports a function receives: enough to need no import of dbctl. */
export interface SeedHelpers {
  readonly defineSeed: typeof defineSeed;
  readonly JsonText: typeof JsonText;
}

/** Gives a seed its type. Faults are reported when seeds are loaded, all at once. */
export function defineSeed(seed: Seed): Seed {
  return seed;
}
