import fc from "fast-check";
import { expect, test } from "vitest";
import { parseDecimal, parsePlainDecimal } from "../../../src/encoding/decimal.ts";
import { canonicalJson, canonicalJsonOf } from "../../../src/encoding/json.ts";

test("a plain decimal is what the exact way makes of it, or left to that", () => {
  const digits = fc.stringMatching(/^-?\d{0,18}(\.\d{0,8})?$/);
  const precision = fc.integer({ min: 1, max: 18 });
  let taken = 0;
  fc.assert(
    fc.property(digits, precision, fc.nat(8), (text, precision, scale) => {
      const plain = parsePlainDecimal(text, precision, Math.min(scale, precision));
      if (plain === null) return;
      taken++;
      expect(BigInt(plain)).toBe(parseDecimal(text, precision, Math.min(scale, precision)));
      expect(Object.is(plain, -0)).toBe(false);
    }),
    { numRuns: 2000 },
  );
  expect(taken).toBeGreaterThan(100);
});

test.each(["", "-", ".", "+1", "1e3", "1.2.3", "0x1", " 1", "1-", "١"])(
  "%j is left to the exact way",
  (text) => {
    expect(parsePlainDecimal(text, 18, 4)).toBeNull();
  },
);

test("objects that begin alike, but differ in shape, keep their own keys", () => {
  const values = [
    { a: 1, bb: 2 },
    { a: 1 },
    { a: 1, b: 2 },
    { a: undefined, b: 2 },
    { bb: 1, a: 2 },
    {},
    { a: 1, bb: 2 },
  ];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...values), { maxLength: 20 }), (list) => {
      for (const value of list) expect(canonicalJsonOf(value)).toBe(canonicalJson(JSON.stringify(value)));
    }),
  );
});
