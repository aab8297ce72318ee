import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseDuration } from "../../../src/config/duration.ts";
import { didYouMean } from "../../../src/config/faults.ts";
import { identifierOf, snakeCase } from "../../../src/config/naming.ts";

describe("durations", () => {
  test.each([
    ["500ms", 500],
    ["5s", 5_000],
    ["1.5s", 1_500],
    ["10m", 600_000],
    ["10min", 600_000],
    ["12h", 43_200_000],
    ["30d", 2_592_000_000],
    ["2w", 1_209_600_000],
    ["5 s", 5_000],
    ["0s", 0],
  ])("%s", (text, durationMs) => {
    expect(parseDuration(text)).toBe(durationMs);
  });

  test.each(["", "5", "s", "-5s", "5S", "5 seconds", "1e3s", "5s ", "1.s", "999999999999999999d"])(
    "%s is none",
    (text) => {
      expect(parseDuration(text)).toBeNull();
    },
  );
});

describe("names of columns", () => {
  test.each([
    ["id", "id"],
    ["organizationId", "organization_id"],
    ["organization_id", "organization_id"],
    ["HTTPStatus", "http_status"],
    ["userID", "user_id"],
    ["locationH3", "location_h3"],
    ["h3Index", "h3_index"],
    ["IMDB Rating", "imdb_rating"],
    ["usDvdSales", "us_dvd_sales"],
    ["Größe", "größe"],
    ["a-b.c", "a_b_c"],
    ["_private", "private"],
  ])("%s → %s", (name, column) => {
    expect(snakeCase(name)).toBe(column);
  });

  test("ASCII names take a quicker way to the same end", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."abzABZ019_- .") }), (name) => {
        const [first, ...rest] = snakeCase(`é${name}`);
        expect([first, rest.join("").replace(/^_/, "")]).toEqual(["é", snakeCase(name)]);
      }),
    );
  });

  test("are settled: a second time changes nothing", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 30 }), (name) => {
        expect(snakeCase(snakeCase(name))).toBe(snakeCase(name));
      }),
    );
  });
});

describe("the project's name as a database", () => {
  test.each([
    ["orchestrator", "orchestrator"],
    ["My-Shop 2", "my_shop_2"],
    ["Müller & Söhne", "muller_sohne"],
    ["2fast", "p_2fast"],
    ["日本", "project"],
    ["a".repeat(80), "a".repeat(48)],
  ])("%s → %s", (name, identifier) => {
    expect(identifierOf(name)).toBe(identifier);
  });

  test("every name becomes one that every engine takes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 80 }), (name) => {
        expect(identifierOf(name)).toMatch(/^[a-z][a-z0-9_]{0,49}$/);
      }),
    );
  });
});

describe("suggestions", () => {
  const known = ["poolSize", "connectTimeout", "statementTimeout", "url"];
  test.each([
    ["poolsize", "poolSize"],
    ["polSize", "poolSize"],
    ["poolSzie", "poolSize"],
    ["conectTimeout", "connectTimeout"],
    ["uri", "url"],
    ["state", "statementTimeout"],
  ])("%s: did you mean %s?", (typed, meant) => {
    expect(didYouMean(typed, known)).toBe(`did you mean "${meant}"?`);
  });

  test.each(["retries", "x", "password"])("nothing is like %s", (typed) => {
    expect(didYouMean(typed, known)).toBeUndefined();
  });
});
