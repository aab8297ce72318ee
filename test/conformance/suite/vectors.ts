import { describe, expect, it } from "vitest";
import { tupleFields } from "../../../src/encoding/tuple.ts";
import { type FieldType, KEY_KINDS, t, typeName } from "../../../src/encoding/types.ts";
import { encodeRow } from "../../../src/encoding/value.ts";
import type { Collection, Field, Key } from "../../../src/stores/store.ts";
import { all, type Bench, collect, fieldsOf, hexOf, load, reading } from "../bench.ts";
import { Model, rangesBetween, sha256 } from "../model.ts";
import type { Vector } from "../vector.ts";
import { VECTORS } from "../vectors.ts";

const byType = Map.groupBy(VECTORS, ({ type }) => typeName(type));
const bytesOf = ({ hex }: Vector) => (hex === null ? null : Buffer.from(hex, "hex"));

/** Label → bytes, as every way of reading gives them. */
type Reading = Readonly<Record<string, string | null>>;

function labelled(vectors: readonly Vector[], rows: readonly Uint8Array[]): Reading {
  return Object.fromEntries(
    rows.map((row): [string, string | null] => {
      const [id, value] = tupleFields(row);
      return [vectors[Number(Buffer.from(id ?? []).readBigInt64BE())]?.label ?? "?", hexOf(value ?? null)];
    }),
  );
}

const expectedOf = (vectors: readonly Vector[]): Reading =>
  Object.fromEntries(vectors.map(({ label, hex }) => [label, hex]));

async function expectEverywhere(
  bench: Bench,
  collection: Collection,
  held: readonly Vector[],
  vectors = held,
) {
  const expected = expectedOf(held);
  const read = (rows: readonly Uint8Array[]) => labelled(vectors, rows);
  const rows = await bench.scanned(collection, reading);
  expect(read(rows), "scan").toEqual(expected);
  const model = new Model(collection.projection, rows);
  const found = await collection.lookup(model.keys, reading);
  expect(read(found.flat()), "lookup").toEqual(expected);
  const { ordered } = collection;
  if (ordered === undefined) return;
  const everything = { from: null, to: null };
  expect(read(await collect(ordered.scan(everything, reading))), "ordered.scan").toEqual(expected);
  if (ordered.digest === undefined) return;
  // One leaf a row tells which value is encoded otherwise.
  const leaves = await all(ordered.digest(rangesBetween(model.keys.slice(1)), reading));
  const digests = leaves.map(({ rows: count, sha256: digest }, index) => [
    labelOf(vectors, model.rows[index]),
    `${count} ${hexOf(digest)}`,
  ]);
  const expectedDigests = model.rows.map((row) => [labelOf(vectors, row), `1 ${sha256([row])}`]);
  expect(Object.fromEntries(digests), "digest").toEqual(Object.fromEntries(expectedDigests));
}

function labelOf(vectors: readonly Vector[], row: Uint8Array | undefined): string {
  return row === undefined ? "?" : (Object.keys(labelled(vectors, [row]))[0] ?? "?");
}

export function vectorTests(bench: Bench): void {
  const { harness } = bench;
  const isHeld = ({ type, hex }: Vector) =>
    hex === null ? harness.holdsNull(type) : harness.holds(type, Buffer.from(hex, "hex"));

  describe.each([...byType])("vectors: %s", (_, vectors) => {
    const type = vectors[0]?.type as FieldType;
    const fields = fieldsOf({ id: t.int(), value: type });
    const required = harness.holdsNull(type) ? [] : ["value"];
    const rowOf = (vector: Vector) => encodeRow(fields, { id: vectors.indexOf(vector), value: vector.value });

    it("what is loaded is read back, by scan, lookup and digest; what the engine can't hold is refused", async () => {
      const collection = await bench.collection(fields, 1, { required });
      const held = vectors.filter(isHeld);
      const report = await load(collection, vectors.map(rowOf));
      expect(report.rows).toBe(held.length);
      const refused = report.rejected.map(
        ({ key }) => vectors[Number(Buffer.from(key[0] ?? []).readBigInt64BE())],
      );
      expect(refused.map((vector) => vector?.label)).toEqual(
        vectors.filter((vector) => !isHeld(vector)).map(({ label }) => label),
      );
      expect(report.rejectedCount).toBe(vectors.length - held.length);
      await expectEverywhere(bench, collection, held, vectors);
    });

    it("what the engine's own SQL inserts is read as the same bytes", async () => {
      const spelled = vectors.filter((vector) => harness.expression(vector) !== undefined && isHeld(vector));
      if (harness.insertExpressions === undefined) return expect(spelled).toEqual([]);
      expect(spelled.length).toBeGreaterThan(0);
      const name = bench.name();
      const collection = await bench.collection(fields, 1, { name, required });
      const rows = spelled.map((vector) => [
        String(vectors.indexOf(vector)),
        harness.expression(vector) as string,
      ]);
      await harness.insertExpressions(bench.store, name, fields, rows);
      return expectEverywhere(bench, collection, spelled, vectors);
    });

    it.runIf(KEY_KINDS.has(type.kind))("as keys they are found, and come in the declared order", async () => {
      const keyFields = fieldsOf({ value: type, id: t.int() });
      const different = new Map<string, Vector>();
      for (const vector of vectors)
        if (vector.hex !== null && isHeld(vector)) different.set(vector.hex, vector);
      const rows = [...different.values()].map((vector) =>
        encodeRow(keyFields, { value: vector.value, id: vectors.indexOf(vector) }),
      );
      const collection = await bench.collection(keyFields, 1);
      expect(await load(collection, rows)).toMatchObject({ rows: rows.length, rejectedCount: 0 });
      const model = new Model(collection.projection, rows);
      const labelOfKey = (key: Key) => different.get(hexOf(key[0] as Field) ?? "")?.label;
      const found = await collection.lookup(model.keys, reading);
      expect(found.map(([row]) => row && labelOfKey(model.key(row)))).toEqual(model.keys.map(labelOfKey));
      if (collection.ordered === undefined) return;
      const ordered = await collect(collection.ordered.scan({ from: null, to: null }, reading));
      expect(ordered.map((row) => labelOfKey(model.key(row)))).toEqual(model.keys.map(labelOfKey));
      const held = vectors.filter((vector) => bytesOf(vector) !== null && isHeld(vector));
      expect(new Set(held.map(({ hex }) => hex)).size).toBe(ordered.length);
      expect(await collection.remove(model.keys, reading)).toBe(rows.length);
      expect(await collection.count(reading)).toBe(0);
    });
  });
}
