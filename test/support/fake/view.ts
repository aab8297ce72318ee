import { matches } from "../../../src/encoding/predicate.ts";
import { encodeTuple } from "../../../src/encoding/tuple.ts";
import type { Field, KeyRange, Projection } from "../../../src/stores/store.ts";
import { type FakeColumn, type FakeRow, type FakeRows, keyText } from "./table.ts";

export interface Entry {
  readonly key: string;
  readonly tuple: Uint8Array;
  readonly isVisible: boolean;
}

/** The rows of one moment as a projection encodes them. */
export interface RowsView {
  /** In the order of the map: that of insertion. */
  readonly all: readonly Entry[];
  readonly byKey: ReadonlyMap<string, readonly Entry[]>;
  /** What `where` lets through, in key order, duplicates by their encoding. */
  readonly ordered: readonly Entry[];
}

/** Reads rows under a projection; one view for each state of the rows is kept. */
export class Reader {
  readonly #projection: Projection;
  readonly #positions: ReadonlyMap<string, number>;
  readonly #views = new WeakMap<FakeRows, RowsView>();

  constructor(columns: readonly FakeColumn[], projection: Projection) {
    this.#projection = projection;
    this.#positions = new Map(columns.map(({ column }, index) => [column, index]));
  }

  view(rows: FakeRows): RowsView {
    const known = this.#views.get(rows);
    if (known !== undefined) return known;
    const all = [...rows.values()].flat().map((row) => this.#entry(row));
    const byKey = new Map<string, Entry[]>();
    for (const entry of all) {
      const sameKey = byKey.get(entry.key);
      if (sameKey === undefined) byKey.set(entry.key, [entry]);
      else sameKey.push(entry);
    }
    for (const sameKey of byKey.values()) sameKey.sort((a, b) => Buffer.compare(a.tuple, b.tuple));
    const ordered = [...byKey.keys()]
      .sort((a, b) => (a < b ? -1 : 1))
      .flatMap((key) => byKey.get(key) ?? [])
      .filter(({ isVisible }) => isVisible);
    const view = { all, byKey, ordered };
    this.#views.set(rows, view);
    return view;
  }

  keyText(key: readonly Field[]): string {
    return keyText(this.#keyTypes(), key);
  }

  /** The entries of `ordered` that lie in `range`. */
  slice(ordered: readonly Entry[], range: KeyRange): readonly Entry[] {
    const from = range.from === null ? 0 : lowerBound(ordered, this.keyText(range.from));
    const to = range.to === null ? ordered.length : lowerBound(ordered, this.keyText(range.to));
    return ordered.slice(from, to);
  }

  #keyTypes() {
    return this.#projection.fields.slice(0, this.#projection.keyLength).map(({ type }) => type);
  }

  #entry(row: FakeRow): Entry {
    const { fields, keyLength, where } = this.#projection;
    const values = fields.map(({ column }) => this.#value(row, column));
    return {
      key: this.keyText(values.slice(0, keyLength)),
      tuple: encodeTuple(values),
      isVisible: where.every((predicate) => matches(predicate, this.#value(row, predicate.field.column))),
    };
  }

  #value(row: FakeRow, column: string): Field {
    return row[this.#positions.get(column) ?? -1] ?? null;
  }
}

function lowerBound(ordered: readonly Entry[], key: string): number {
  let low = 0;
  let high = ordered.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ordered[middle]?.key ?? "") < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
