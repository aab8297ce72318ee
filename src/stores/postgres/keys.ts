/** Joins a table with a list of keys. */
import type { Field, Key } from "../store.ts";
import { arrayLiteral, isRepresentable } from "./literal.ts";
import type { BoundField } from "./projection.ts";

/** Keys a statement: their literals stay well below any limit, and a batch takes milliseconds. */
export const KEYS_PER_STATEMENT = 5_000;

/** A key with its place in the list it came from. */
interface PlacedKey {
  readonly place: number;
  readonly key: Key;
}

export interface KeyBatch {
  /** `unnest(…) WITH ORDINALITY AS u(k0, …, n)`; n counts from 1. */
  readonly source: string;
  /** Of `t` with `u`. */
  readonly condition: string;
  /** Where the n-th key (from 0) stands in the whole list. */
  readonly places: readonly number[];
}

/** The keys that can be in the table at all, in batches. */
export function keyBatches(fields: readonly BoundField[], keys: readonly Key[]): KeyBatch[] {
  const possible: PlacedKey[] = [];
  keys.forEach((key, place) => {
    if (fields.every((field, index) => isPossible(field, key[index] ?? null))) possible.push({ place, key });
  });
  const batches: KeyBatch[] = [];
  for (let start = 0; start < possible.length; start += KEYS_PER_STATEMENT)
    batches.push(batchOf(fields, possible.slice(start, start + KEYS_PER_STATEMENT)));
  return batches;
}

function isPossible({ field, nullable }: BoundField, value: Field): boolean {
  return value === null ? nullable : isRepresentable(field.type, value);
}

function batchOf(fields: readonly BoundField[], keys: readonly PlacedKey[]): KeyBatch {
  const arrays = fields.map(({ field, cast }, index) => {
    const values = keys.map(({ key }) => key[index] ?? null);
    return { sql: arrayLiteral(field.type, cast.sqlType, values), hasNull: values.includes(null) };
  });
  const names = fields.map((_, index) => `k${index}`);
  return {
    source: `unnest(${arrays.map(({ sql }) => sql).join(", ")}) WITH ORDINALITY AS u(${names.join(", ")}, n)`,
    condition: fields
      .map((field, index) => equality(field, `u.k${index}`, arrays[index]?.hasNull === true))
      .join(" AND "),
    places: keys.map(({ place }) => place),
  };
}

/** By the bare column where that is exact, so that its index serves. */
export function equality(
  { column, cast, ordered, sql }: BoundField,
  other: string,
  mayBeNull: boolean,
): string {
  const left = cast.comparable === sql && column.deterministic ? sql : ordered;
  const equal = `${left} = ${other}`;
  return mayBeNull ? `(${equal} OR (${sql} IS NULL AND ${other} IS NULL))` : equal;
}
