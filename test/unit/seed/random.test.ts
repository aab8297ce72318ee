import fc from "fast-check";
import { expect, test } from "vitest";
import { randomFor } from "../../../src/seed/random.ts";

test("the same names give the same values, on every machine", () => {
  const random = randomFor(1, "demo", "users");
  expect([random.uuid(), random.int(0, 1_000_000), random.float(), random.decimal(0, 10, 4)]).toEqual(
    EXPECTED,
  );
  expect(randomFor(1, "demo", "users").uuid()).toBe(EXPECTED[0]);
});

const EXPECTED = ["fdef2bc2-1ec1-4675-be5e-ec9b6a255991", 169_947, 0.14619508209593557, "3.4807"];

test("other names give other values", () => {
  const first = (...names: (string | number)[]) => randomFor(...names).uuid();
  const all = [
    first(1, "demo", "users"),
    first(2, "demo", "users"),
    first(1, "demo", "user"),
    first(1, "demous", "ers"),
  ];
  expect(new Set(all).size).toBe(4);
});

test("values keep within their bounds", () => {
  fc.assert(
    fc.property(
      fc.nat(),
      fc.integer(),
      fc.nat(),
      fc.integer({ min: 0, max: 6 }),
      (seed, from, width, scale) => {
        const random = randomFor(seed);
        const whole = random.int(from, from + width);
        expect(Number.isSafeInteger(whole) && whole >= from && whole <= from + width).toBe(true);
        const fraction = random.float();
        expect(fraction >= 0 && fraction < 1).toBe(true);
        const decimal = random.decimal(-2, 3, scale);
        expect(decimal).toMatch(scale === 0 ? /^-?\d+$/ : new RegExp(`^-?\\d+\\.\\d{${scale}}$`));
        expect(Number(decimal) >= -2 && Number(decimal) <= 3).toBe(true);
        const at = random.date(new Date(1000), new Date(1000 + width)).getTime();
        expect(at >= 1000 && at <= 1000 + width).toBe(true);
        expect(random.uuid()).toMatch(
          /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
        );
        expect(random.bytes(5)).toHaveLength(5);
      },
    ),
  );
});

test("choices come as often as their weights say", () => {
  const random = randomFor("weights");
  const counts = { often: 0, seldom: 0, never: 0, yes: 0, third: 0 };
  const rounds = 20_000;
  for (let round = 0; round < rounds; round++) {
    counts[
      random.weighted([
        ["often", 9],
        ["never", 0],
        ["seldom", 1],
      ] as const)
    ]++;
    if (random.bool()) counts.yes++;
    if (random.pick([1, 2, 3]) === 3) counts.third++;
  }
  expect(counts.never).toBe(0);
  expect(counts.seldom / rounds).toBeCloseTo(0.1, 1);
  expect(counts.yes / rounds).toBeCloseTo(0.5, 1);
  expect(counts.third / rounds).toBeCloseTo(1 / 3, 1);
});

test("nothing to pick from is said, not returned", () => {
  expect(() => randomFor(1).pick([])).toThrow("nothing to pick from");
  expect(() => randomFor(1).weighted([])).toThrow("nothing to choose from");
});
