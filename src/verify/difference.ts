import { compareKeys } from "../encoding/order.ts";
import type { Key, Projection } from "../stores/store.ts";
import type { Pair } from "./groups.ts";
import { type ColumnDifference, type DifferenceKind, differingColumns, exactText } from "./verdict.ts";

/** One key on which a copy and its source disagree. */
export interface Difference {
  readonly kind: DifferenceKind;
  /** Exact texts of the key's fields, by their names in declaration order. */
  readonly key: Readonly<Record<string, string | null>>;
  /** Where both sides have the row: the columns that disagree. */
  readonly columns: readonly ColumnDifference[];
  /** How often either side holds the key. */
  readonly sourceRows: number;
  readonly copyRows: number;
}

/** The first differences of one copy with their values; every one of them is counted elsewhere. */
export class DifferenceList {
  readonly #projection: Projection;
  readonly #limit: number;
  readonly #kept: { readonly key: Key; readonly difference: Difference }[] = [];

  constructor(projection: Projection, limit: number) {
    this.#projection = projection;
    this.#limit = limit;
  }

  add(kind: DifferenceKind, key: Key, pair: Pair): void {
    if (this.#kept.length >= this.#limit) return;
    this.#kept.push({ key, difference: describe(this.#projection, kind, key, pair) });
  }

  /** In key order. */
  get differences(): readonly Difference[] {
    const { fields, keyLength } = this.#projection;
    const types = fields.slice(0, keyLength).map((field) => field.type);
    const sorted = this.#kept.toSorted((a, b) => compareKeys(types, a.key, b.key));
    return sorted.map(({ difference }) => difference);
  }
}

function describe(projection: Projection, kind: DifferenceKind, key: Key, pair: Pair): Difference {
  return {
    kind,
    key: keyTexts(projection, key),
    columns: differingColumns(projection, pair),
    sourceRows: pair.source.length,
    copyRows: pair.copy.length,
  };
}

export function keyTexts({ fields, keyLength }: Projection, key: Key): Record<string, string | null> {
  return Object.fromEntries(
    fields.slice(0, keyLength).map(({ name, type }, index) => [name, exactText(type, key[index] ?? null)]),
  );
}
