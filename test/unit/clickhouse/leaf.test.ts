import fc from "fast-check";
import { expect, test } from "vitest";
import { t } from "../../../src/encoding/types.ts";
import { encodeValue } from "../../../src/encoding/value.ts";
import { partition } from "../../../src/stores/clickhouse/digest.ts";
import type { KeyForm } from "../../../src/stores/clickhouse/key.ts";
import { cutRanges } from "../../../src/stores/clickhouse/leaf.ts";
import type { Key, KeyRange } from "../../../src/stores/store.ts";

const FORM: KeyForm = { kind: "number", expression: "k", types: [t.int()], columns: [] };
const key = (value: number): Key => [encodeValue(t.int(), value)];

test("ranges next to each other share a boundary; what lies between others is no one's", () => {
  const ranges: KeyRange[] = [
    { from: null, to: key(10) },
    { from: key(10), to: key(20) },
    { from: key(30), to: key(40) },
  ];
  const cut = cutRanges(FORM, ranges);
  expect([0, 1, 2, 3, 4].map(cut.rangeOf)).toEqual([0, 1, null, 2, null]);
  expect(cut.conditions).toHaveLength(1);
  expect(cutRanges(FORM, ranges.slice(0, 2)).conditions).toEqual([]);
  expect(cutRanges(FORM, [{ from: null, to: null }]).rangeOf(0)).toBe(0);
});

test("an empty range takes nothing from its neighbours", () => {
  const cut = cutRanges(FORM, [
    { from: key(1), to: key(5) },
    { from: key(5), to: key(5) },
    { from: key(5), to: null },
  ]);
  expect([0, 1, 2].map(cut.rangeOf)).toEqual([null, 0, 2]);
});

test("parts are runs of neighbours up to a limit", () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(50), { maxLength: 40 }),
      fc.integer({ min: 1, max: 100 }),
      (counts, limit) => {
        const parts = partition(counts, limit);
        expect(parts.flatMap(({ start, end }) => counts.slice(start, end))).toEqual(counts);
        for (const { start, end, rows } of parts) {
          expect(rows).toBe(counts.slice(start, end).reduce((sum, count) => sum + count, 0));
          expect(rows <= limit || end - start === 1).toBe(true);
        }
      },
    ),
  );
});
