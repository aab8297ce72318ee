import type { FieldType } from "../encoding/types.ts";
import type { CollectionRef, StoreName } from "../stores/store.ts";

/**
 * What a copy is to its source. A `projection` must match; a `cache` entry may be absent but not different; an
 * `archive` may hold rows that have left the source: they are neither reported nor deleted.
 */
export type CopyRole = "projection" | "cache" | "archive";

/** A value as a configuration writes it; encoded by the field's declared type. */
export type Scalar = string | number | bigint | boolean;

/** A bare value means equality; `null` means IS NULL; `not` keeps NULL rows unless it says `not: null`. */
export type Condition =
  | Scalar
  | null
  | { readonly not: Scalar | null }
  | { readonly in: readonly Scalar[] }
  | { readonly lt?: Scalar; readonly lte?: Scalar; readonly gt?: Scalar; readonly gte?: Scalar };

/** All fields' conditions must hold. */
export type Where = Readonly<Record<string, Condition>>;

export interface SourceOptions {
  /** Field → column, where snake_case of the field's name is not it. */
  readonly columns?: Readonly<Record<string, string>>;
  readonly where?: Where;
}

export interface CopyOptions extends SourceOptions {
  /** Default: projection. */
  readonly role?: CopyRole;
  /** Fields that the copy holds beside the key; all when left out. */
  readonly fields?: readonly string[];
  /** Archive only: how long a row stays in the source, `30d`. */
  readonly sourceRetention?: string;
}

/** What `postgres("users")` returns: a place, before an entity gives it fields. */
export interface Place {
  readonly ref: CollectionRef;
  readonly options: CopyOptions;
}

export interface EntityDeclaration {
  /** Names of the fields that identify a row, in order. */
  readonly key: readonly string[];
  readonly fields: Readonly<Record<string, FieldType>>;
  readonly source: Place;
  readonly copies?: readonly Place[];
}

export interface Entity {
  readonly name: string;
  readonly key: readonly string[];
  readonly fields: Readonly<Record<string, FieldType>>;
  readonly source: Place;
  readonly copies: readonly Place[];
}

function place(store: StoreName) {
  return (name: string, options: CopyOptions = {}): Place => ({ ref: { store, name }, options });
}

export const postgres = place("postgres");
export const clickhouse = place("clickhouse");

/** Declares what a copy of what is. Faults are reported when the configuration is loaded, all at once. */
export function entity(name: string, declaration: EntityDeclaration): Entity {
  return { name, copies: [], ...declaration };
}
