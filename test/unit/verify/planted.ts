import fc from "fast-check";
import type { DifferenceKind } from "../../../src/verify/verdict.ts";
import { keyName, makeRows, type Row } from "./scenario.ts";

type Expected = DifferenceKind | "spelling";

interface Edit {
  /** The rows that the copy holds instead of this one. */
  readonly apply: (row: Row) => readonly Row[];
  /** What a comparison must say, by the key's name. */
  readonly expect: (
    row: Row,
  ) => readonly (readonly [key: string, kind: Expected, columns: readonly string[]])[];
}

function change(column: keyof Row, apply: (row: Row) => Partial<Row>): Edit {
  return {
    apply: (row) => [{ ...row, ...apply(row) }],
    expect: (row) => [[keyName(row), "different", [column]]],
  };
}

/** Everything that may be wrong with one row of a copy. */
export const EDITS: Readonly<Record<string, Edit>> = {
  missing: { apply: () => [], expect: (row) => [[keyName(row), "missing", []]] },
  "NULL against empty": change("name", ({ name }) => ({ name: name === null ? "" : null })),
  "trailing space": change("name", ({ name }) => ({ name: `${name ?? ""} ` })),
  "changed accent": change("name", () => ({ name: "e\u0301" })),
  "a microsecond": change("at", ({ at }) => ({ at: at + 1n })),
  "the last digit": change("amount", ({ amount }) => ({ amount: `${amount.slice(0, -1)}1` })),
  "json value": change("doc", ({ doc }) => ({ doc: doc.replace("price", "cost") })),
  "a number's spelling": {
    apply: (row) => [{ ...row, doc: row.doc.replace(".5}", ".500}") }],
    expect: (row) => [[keyName(row), "spelling", []]],
  },
  "key in another case": {
    apply: (row) => [{ ...row, region: row.region.toUpperCase() }],
    expect: (row) => [
      [keyName(row), "missing", []],
      [keyName({ ...row, region: row.region.toUpperCase() }), "extra", []],
    ],
  },
  "twice the same": {
    apply: (row) => [row, row],
    expect: (row) => [[keyName(row), "duplicate", []]],
  },
  "twice, once changed": {
    apply: (row) => [row, { ...row, name: "other" }],
    expect: (row) => [[keyName(row), "duplicate", ["name"]]],
  },
  "an extra row before it": {
    apply: (row) => [{ ...row, region: "", id: -row.id - 1 }, row],
    expect: (row) => [[keyName({ region: "", id: -row.id - 1 }), "extra", []]],
  },
  "an extra row behind it": {
    apply: (row) => [row, { ...row, region: `${row.region}~` }],
    expect: (row) => [[keyName({ ...row, region: `${row.region}~` }), "extra", []]],
  },
};

export interface Planted {
  readonly source: readonly Row[];
  readonly copy: readonly Row[];
  /** `kind columns` by the name of the key. */
  readonly expected: Readonly<Record<string, string>>;
}

/** Rows, and a copy of them with differences at random places. */
export const planted: fc.Arbitrary<Planted> = fc
  .record({
    count: fc.oneof(fc.nat(20), fc.constantFrom(1023, 1024, 1025, 2048), fc.nat(3500)),
    edits: fc.array(fc.record({ at: fc.nat(), edit: fc.constantFrom(...Object.keys(EDITS)) }), {
      maxLength: 30,
    }),
  })
  .map(({ count, edits }) => {
    const source = makeRows(count);
    const copy: (readonly Row[])[] = source.map((row) => [row]);
    const expected: Record<string, string> = {};
    const edited = new Set<number>();
    for (const { at, edit } of edits) {
      const index = count === 0 ? -1 : at % count;
      const row = source[index];
      const chosen = EDITS[edit];
      if (row === undefined || chosen === undefined || edited.has(index)) continue;
      edited.add(index);
      copy[index] = chosen.apply(row);
      for (const [key, kind, columns] of chosen.expect(row)) expected[key] = [kind, ...columns].join(" ");
    }
    return { source, copy: copy.flat(), expected };
  });
