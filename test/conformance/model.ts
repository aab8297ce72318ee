/** What a collection should answer, worked out in memory from the rows that were written. */
import { createHash } from "node:crypto";
import fc from "fast-check";
import { compareKeys } from "../../src/encoding/order.ts";
import { matches } from "../../src/encoding/predicate.ts";
import { tupleFields, tupleKey } from "../../src/encoding/tuple.ts";
import { encodeRow, encodeValue } from "../../src/encoding/value.ts";
import type { Key, KeyRange, Predicate, ProjectedField, Projection } from "../../src/stores/store.ts";
import { anyValueOf } from "./arbitraries.ts";
import type { Harness } from "./harness.ts";

export class Model {
  readonly projection: Projection;
  /** In key order, rows of one key by their encoding. */
  readonly rows: readonly Uint8Array[];
  /** Of `rows`, one for one. */
  readonly keys: readonly Key[];

  constructor(projection: Projection, rows: readonly Uint8Array[]) {
    this.projection = projection;
    const keyed = rows
      .map((row) => ({ row, key: this.key(row) }))
      .sort((a, b) => this.compare(a.key, b.key) || Buffer.compare(a.row, b.row));
    this.rows = keyed.map(({ row }) => row);
    this.keys = keyed.map(({ key }) => key);
  }

  key(row: Uint8Array): Key {
    return tupleKey(row, this.projection.keyLength);
  }

  compare(a: Key, b: Key): number {
    const { fields, keyLength } = this.projection;
    return compareKeys(
      fields.slice(0, keyLength).map(({ type }) => type),
      a,
      b,
    );
  }

  inRange({ from, to }: KeyRange): readonly Uint8Array[] {
    const start = from === null ? 0 : this.#rankOf(from);
    return this.rows.slice(start, to === null ? this.rows.length : Math.max(start, this.#rankOf(to)));
  }

  /** How many rows come before the key. */
  #rankOf(key: Key): number {
    let low = 0;
    let high = this.keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.compare(this.keys[middle] as Key, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The same rows seen through more conditions. */
  where(predicates: readonly Predicate[]): Model {
    const { fields } = this.projection;
    const visible = this.rows.filter((row) => {
      const values = tupleFields(row);
      return predicates.every((predicate) => {
        const index = fields.findIndex(({ name }) => name === predicate.field.name);
        return matches(predicate, values[index] ?? null);
      });
    });
    return new Model(this.projection, visible);
  }
}

export function sha256(rows: Iterable<Uint8Array>): string {
  const hash = createHash("sha256");
  for (const row of rows) hash.update(row);
  return hash.digest("hex");
}

/** Values of a field that the engine holds; null among them unless it is part of the key or must be there. */
function fieldValue(harness: Harness, field: ProjectedField, canBeNull: boolean): fc.Arbitrary<unknown> {
  const value = anyValueOf(field.type).filter((candidate) =>
    harness.holds(field.type, encodeValue(field.type, candidate)),
  );
  return canBeNull && harness.holdsNull(field.type) ? fc.option(value, { freq: 5 }) : value;
}

/** `count` random rows of different keys, or fewer where the key's type has not as many. */
export function randomRows(
  harness: Harness,
  { fields, keyLength }: Pick<Projection, "fields" | "keyLength">,
  count: number,
  seed: number,
): readonly Uint8Array[] {
  const row = fc.record(
    Object.fromEntries(
      fields.map((field, index) => [field.name, fieldValue(harness, field, index >= keyLength)] as const),
    ),
  );
  const byKey = new Map<string, Uint8Array>();
  for (const values of fc.sample(row, { numRuns: count * 2, seed })) {
    const tuple = encodeRow(fields, values);
    const key = tupleKey(tuple, keyLength).map((field) => field && Buffer.from(field).toString("hex"));
    if (byKey.size < count && !byKey.has(String(key))) byKey.set(String(key), tuple);
  }
  return [...byKey.values()];
}

/** A key like those of the collection, that need not be there. */
export function anyKey(harness: Harness, { fields, keyLength }: Projection): fc.Arbitrary<Key> {
  return fc
    .tuple(...fields.slice(0, keyLength).map((field) => fieldValue(harness, field, false)))
    .map((values) =>
      values.map((value, index) => encodeValue((fields[index] as ProjectedField).type, value)),
    );
}

/** Bounds in ascending order, some of them keys that are there; they cut everything into ranges. */
export function anyBounds(harness: Harness, model: Model, maxLength: number): fc.Arbitrary<readonly Key[]> {
  const { keys } = model;
  const bound =
    keys.length === 0
      ? anyKey(harness, model.projection)
      : fc.oneof(fc.constantFrom(...keys), anyKey(harness, model.projection));
  return fc.array(bound, { maxLength }).map((bounds) => {
    const sorted = bounds.toSorted((a, b) => model.compare(a, b));
    return sorted.filter((key, index) => index === 0 || model.compare(sorted[index - 1] as Key, key) !== 0);
  });
}

/** The ranges between bounds, the unbounded ones at both ends included. */
export function rangesBetween(bounds: readonly Key[]): readonly KeyRange[] {
  return [null, ...bounds].map((from, index) => ({ from, to: bounds[index] ?? null }));
}

/** A predicate on one field; operands often are values that occur. */
export function anyPredicate(harness: Harness, model: Model): fc.Arbitrary<Predicate> {
  return fc.constantFrom(...model.projection.fields).chain((field): fc.Arbitrary<Predicate> => {
    const index = model.projection.fields.indexOf(field);
    const nullness = fc.constantFrom("isNull" as const, "isNotNull" as const).map((op) => ({ field, op }));
    if (field.type.kind === "array") return nullness;
    const occurring = model.rows
      .map((row) => tupleFields(row)[index] ?? null)
      .filter((value) => value !== null);
    const random = fieldValue(harness, field, false).map(
      (value) => encodeValue(field.type, value) as Uint8Array,
    );
    const operand = occurring.length === 0 ? random : fc.oneof(fc.constantFrom(...occurring), random);
    const isOrdered = field.type.kind !== "json";
    const op = fc.constantFrom("is", "isNot", ...(isOrdered ? ["lt", "lte", "gt", "gte"] : []));
    return fc.oneof(
      nullness,
      fc.tuple(op, operand).map(([name, value]) => ({ field, op: name, operand: value }) as Predicate),
      fc.array(operand, { maxLength: 3 }).map((operands) => ({ field, op: "in" as const, operands })),
    );
  });
}
