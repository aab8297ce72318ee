import { encodeTuple, tupleFields, tuples } from "../../../src/encoding/tuple.ts";
import type {
  Collection,
  Field,
  Migrations,
  OrderedReads,
  ProjectedField,
  Projection,
  RowBatch,
  Store,
} from "../../../src/stores/store.ts";
import type { Mutation } from "../mutations.ts";

/** Replaces some members; the others keep their `this`. */
export function overriding<T extends object>(target: T, members: Partial<T>): T {
  return new Proxy(target, {
    get(object, name) {
      if (Object.hasOwn(members, name)) return Reflect.get(members, name);
      const member: unknown = Reflect.get(object, name, object);
      return typeof member === "function" ? member.bind(object) : member;
    },
  });
}

type Members<T> = (original: T) => Partial<T> | null;

/** Breaks the collections of a store. */
export function inCollections(members: Members<Collection>): Mutation["apply"] {
  return (store) =>
    overriding(store, {
      async collection(ref, projection, signal) {
        const original = await store.collection(ref, projection, signal);
        return overriding(original, members(original) ?? {});
      },
    });
}

/** Breaks the ordered reads of a store's collections, where it has any. */
export function inOrderedReads(members: Members<OrderedReads>): Mutation["apply"] {
  return inCollections(({ ordered }) => {
    const broken = ordered === undefined ? null : members(ordered);
    return ordered === undefined || broken === null ? null : { ordered: overriding(ordered, broken) };
  });
}

/** Breaks the projection that collections are opened with. */
export function inProjections(change: (projection: Projection) => Projection): Mutation["apply"] {
  return (store) =>
    overriding(store, {
      collection: (ref, projection, signal) => store.collection(ref, change(projection), signal),
    });
}

export function inMigrations(members: Members<Migrations>): Mutation["apply"] {
  return (store) =>
    overriding(store, { migrations: overriding(store.migrations, members(store.migrations) ?? {}) });
}

export function inStore(members: Members<Store>): Mutation["apply"] {
  return (store) => overriding(store, members(store) ?? {});
}

export function batch(rows: readonly Uint8Array[]): RowBatch {
  return { rows: rows.length, bytes: Buffer.concat(rows) };
}

/** Each batch as what `change` makes of its rows. */
export async function* changing(
  batches: AsyncIterable<RowBatch>,
  change: (rows: readonly Uint8Array[]) => readonly Uint8Array[],
): AsyncGenerator<RowBatch> {
  for await (const original of batches) {
    const rows = change([...tuples(original)]);
    if (rows.length > 0) yield batch(rows);
  }
}

export async function rowsOf(batches: AsyncIterable<RowBatch>): Promise<readonly Uint8Array[]> {
  const rows: Uint8Array[] = [];
  for await (const each of batches) rows.push(...[...tuples(each)].map((row) => new Uint8Array(row)));
  return rows;
}

/** Every way of reading rows gives each field as `change` makes it. */
export function changingFields(change: (field: ProjectedField, value: Field) => Field): Mutation["apply"] {
  return inCollections((original) => {
    const { projection, ordered } = original;
    const changed = (row: Uint8Array) =>
      encodeTuple(
        tupleFields(row).map((value, index) => change(projection.fields[index] as ProjectedField, value)),
      );
    const all = (rows: readonly Uint8Array[]) => rows.map(changed);
    return {
      scan: (options) => changing(original.scan(options), all),
      lookup: async (keys, options) => (await original.lookup(keys, options)).map(all),
      ...(ordered && {
        ordered: overriding(ordered, {
          scan: (range, options) => changing(ordered.scan(range, options), all),
        }),
      }),
    };
  });
}
