import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ROWS_PER_LEAF, RootHasher, rootOfLeaves } from "../../../src/encoding/digest.ts";
import { compareFields, compareKeys, sortableKey } from "../../../src/encoding/order.ts";
import { matches } from "../../../src/encoding/predicate.ts";
import { type FieldType, KEY_KINDS, t, typeName } from "../../../src/encoding/types.ts";
import { encodeValue } from "../../../src/encoding/value.ts";
import type { Predicate } from "../../../src/stores/store.ts";
import { anyValueOf } from "../../conformance/arbitraries.ts";

const KEY_TYPES: readonly FieldType[] = [
  t.int(),
  t.decimal(9, 2),
  t.decimal(38, 10),
  t.bool(),
  t.text(),
  t.uuid(),
  t.timestamp(),
  t.date(),
  t.bytes(),
];
const fieldOf = (type: FieldType) =>
  fc.option(anyValueOf(type), { freq: 9 }).map((value) => encodeValue(type, value));

describe("the order of keys", () => {
  it("is that of their sortable bytes, for every combination of types", () => {
    expect(new Set(KEY_TYPES.map(({ kind }) => kind))).toEqual(KEY_KINDS);
    const keys = fc.array(fc.constantFrom(...KEY_TYPES), { minLength: 1, maxLength: 3 }).chain((types) => {
      const key = fc.tuple(...types.map(fieldOf));
      return fc.tuple(fc.constant(types), key, key);
    });
    fc.assert(
      fc.property(keys, ([types, a, b]) => {
        const bytewise = Buffer.compare(sortableKey(types, a), sortableKey(types, b));
        expect(Math.sign(compareKeys(types, a, b))).toBe(bytewise);
        expect(Math.sign(compareKeys(types, b, a))).toBe(-bytewise || 0);
      }),
      { numRuns: 2000 },
    );
  });

  it("puts no key of several fields on another's place", () => {
    const types = [t.text(), t.text()];
    const key = (...texts: string[]) =>
      sortableKey(
        types,
        texts.map((text) => Buffer.from(text)),
      );
    expect(Buffer.compare(key("a", "bc"), key("ab", "c"))).toBe(-1);
    expect(Buffer.compare(key("a", ""), key("a\u0000", ""))).toBe(-1);
    expect(Buffer.compare(key("", "x"), sortableKey(types, [null, null]))).toBe(-1);
  });

  it("is numeric for floats, with NaN above all", () => {
    const float = (value: number) => encodeValue(t.float(), value);
    const sorted = [Number.NEGATIVE_INFINITY, -1.5, 0, 5e-324, 2, Number.POSITIVE_INFINITY, Number.NaN].map(
      float,
    );
    const shuffled = [sorted[4], sorted[6], sorted[1], sorted[0], sorted[5], sorted[3], sorted[2]];
    expect(shuffled.toSorted((a, b) => compareFields(t.float(), a ?? null, b ?? null))).toEqual(sorted);
  });
});

describe("predicates", () => {
  it.each([...KEY_TYPES, t.float()].map((type) => [typeName(type), type] as const))(
    "%s: each comparison is what its name says; NULL satisfies isNull and isNot only",
    (_, type) => {
      const field = { name: "f", column: "f", type };
      fc.assert(
        fc.property(fieldOf(type), anyValueOf(type), (value, other) => {
          const operand = encodeValue(type, other) ?? new Uint8Array();
          const difference = compareFields(type, value, operand);
          const isNull = value === null;
          const expected: readonly (readonly [Predicate, boolean])[] = [
            [{ field, op: "isNull" }, isNull],
            [{ field, op: "isNotNull" }, !isNull],
            [{ field, op: "is", operand }, !isNull && difference === 0],
            [{ field, op: "isNot", operand }, isNull || difference !== 0],
            [{ field, op: "lt", operand }, !isNull && difference < 0],
            [{ field, op: "lte", operand }, !isNull && difference <= 0],
            [{ field, op: "gt", operand }, !isNull && difference > 0],
            [{ field, op: "gte", operand }, !isNull && difference >= 0],
            [{ field, op: "in", operands: [operand] }, !isNull && difference === 0],
            [{ field, op: "in", operands: [] }, false],
          ];
          for (const [predicate, result] of expected)
            expect(matches(predicate, value), predicate.op).toBe(result);
        }),
      );
    },
  );
});

describe("roots", () => {
  it("are hashes over the hashes of runs of 1,024 rows", () => {
    const sha256 = (...parts: Uint8Array[]) => {
      const hash = createHash("sha256");
      for (const part of parts) hash.update(part);
      return hash.digest();
    };
    for (const rows of [0, 1, ROWS_PER_LEAF - 1, ROWS_PER_LEAF, ROWS_PER_LEAF + 1, 3 * ROWS_PER_LEAF]) {
      const all = Array.from({ length: rows }, (_, index) => Buffer.from(`row ${index}`));
      const leaves: Buffer[] = [];
      for (let start = 0; start < rows; start += ROWS_PER_LEAF)
        leaves.push(sha256(...all.slice(start, start + ROWS_PER_LEAF)));
      const hasher = new RootHasher();
      for (const row of all) hasher.add(row);
      expect(hasher.rows).toBe(rows);
      const root = hasher.digest();
      expect(root).toEqual(sha256(...leaves));
      expect(rootOfLeaves(leaves)).toEqual(root);
    }
  });
});
