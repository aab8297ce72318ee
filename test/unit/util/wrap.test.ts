import fc from "fast-check";
import { expect, test } from "vitest";
import { wrapLine } from "../../../src/util/wrap.ts";

test("a line that fits stays as it is, blanks and all", () => {
  expect(wrapLine("  a  b ", 7)).toBe("  a  b ");
});

test("further lines stand two deeper", () => {
  expect(wrapLine("  agents 160 rows, users 240 rows", 18)).toBe("  agents 160 rows,\n    users 240 rows");
});

test("no word is lost or broken, and no line is longer than its words make it", () => {
  const words = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1 });
  fc.assert(
    fc.property(words, fc.integer({ min: 15, max: 40 }), (list, width) => {
      const wrapped = wrapLine(list.join(" "), width);
      expect(wrapped.split(/\s+/)).toEqual(list);
      for (const line of wrapped.split("\n")) expect(line.length).toBeLessThanOrEqual(width);
    }),
  );
});
