import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson, canonicalJsonOf, numbersNormalized } from "../../../src/encoding/json.ts";
import { jsonSource } from "../../conformance/arbitraries.ts";

const unrepresentable = expect.objectContaining({ code: "VALUE_UNREPRESENTABLE" });

describe("canonical JSON", () => {
  it("is its own canonical form and means what it was made of", () => {
    fc.assert(
      fc.property(jsonSource, (source) => {
        const canonical = canonicalJson(source);
        expect(canonicalJson(canonical)).toBe(canonical);
        expect(JSON.parse(numbersNormalized(source))).toEqual(JSON.parse(canonical));
      }),
      { numRuns: 500 },
    );
  });

  it("of a JavaScript value is that of its JSON text", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), (value) => {
        const text = JSON.stringify(value);
        let canonical: string | undefined;
        try {
          canonical = canonicalJson(text);
        } catch {
          expect(() => canonicalJsonOf(value)).toThrow(unrepresentable);
          return;
        }
        expect(canonicalJsonOf(value)).toBe(canonical);
      }),
      { numRuns: 500 },
    );
  });

  it("follows JSON.stringify for undefined, toJSON and holes, and keeps bigints", () => {
    const holes: unknown[] = [1, undefined];
    expect(canonicalJsonOf({ b: undefined, a: [...holes, undefined], d: new Date(0) })).toBe(
      '{"a": [1, null, null], "d": "1970-01-01T00:00:00.000Z"}',
    );
    expect(canonicalJsonOf({ n: 12345678901234567890n, e: 1e21, z: -0 })).toBe(
      '{"e": 1000000000000000000000, "n": 12345678901234567890, "z": 0}',
    );
  });

  it("tells spelling from value", () => {
    expect(numbersNormalized('{"a": 1.50, "b": [0.00, 100, -2.0, 1e2]}')).toBe(
      '{"a": 1.5, "b": [0, 100, -2, 100]}',
    );
    expect(numbersNormalized('"1.50"')).toBe('"1.50"');
  });

  it("refuses what nests too deeply for the stack instead of dying of it", () => {
    const deep = "[".repeat(200_000) + "]".repeat(200_000);
    expect(() => canonicalJson(deep)).toThrow(unrepresentable);
    const shallow = "[".repeat(1000) + "]".repeat(1000);
    expect(canonicalJson(shallow)).toBe(shallow);
  });
});
