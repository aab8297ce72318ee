import fc from "fast-check";
import { expect, test } from "vitest";
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatRate,
  formatRows,
} from "../../../src/util/format.ts";

test.each([
  [0, "0"],
  [999, "999"],
  [1000, "1,000"],
  [-1234567, "-1,234,567"],
  [12345678901234567890n, "12,345,678,901,234,567,890"],
])("formatCount(%s) is %s", (n, text) => {
  expect(formatCount(n)).toBe(text);
});

test("formatCount is the number with commas in it", () => {
  fc.assert(
    fc.property(fc.bigInt(), (n) => {
      expect(BigInt(formatCount(n).replaceAll(",", ""))).toBe(n);
      expect(formatCount(n)).toMatch(/^-?\d{1,3}(,\d{3})*$/);
    }),
  );
});

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1500, "1.50 kB"],
  [9_996, "10.0 kB"],
  [99_960, "100 kB"],
  [536_000_000, "536 MB"],
  [999_600, "1.00 MB"],
  [2_500_000_000_000, "2.50 TB"],
])("formatBytes(%d) is %s", (sizeBytes, text) => {
  expect(formatBytes(sizeBytes)).toBe(text);
});

test.each([
  [0, "0.0 ms"],
  [0.44, "0.4 ms"],
  [9.96, "10 ms"],
  [340, "340 ms"],
  [999.6, "1.0 s"],
  [12_340, "12.3 s"],
  [59_960, "1 min 00 s"],
  [185_000, "3 min 05 s"],
  [7_500_000, "2 h 05 min"],
  [273_600_000, "3 d 4 h"],
])("formatDuration(%d) is %s", (durationMs, text) => {
  expect(formatDuration(durationMs)).toBe(text);
});

test("rows have a singular, rates survive a division by zero", () => {
  expect(formatRows(1)).toBe("1 row");
  expect(formatRows(0)).toBe("0 rows");
  expect(formatRate(123_456.4)).toBe("123,456 rows/s");
  expect(formatRate(Number.POSITIVE_INFINITY)).toBe("0 rows/s");
});
