import { describe, expect, it } from "vitest";
import { typeName } from "../../../src/encoding/types.ts";
import { encodeValue, formatField, parseField } from "../../../src/encoding/value.ts";
import { VECTORS } from "../../conformance/vectors.ts";

describe("test vectors of the encoding", () => {
  for (const { type, label, value, hex, text } of VECTORS) {
    it(`${typeName(type)}: ${label}`, () => {
      const bytes = encodeValue(type, value);
      expect(bytes === null ? null : Buffer.from(bytes).toString("hex")).toBe(hex);
      expect(formatField(type, bytes)).toBe(text);
      if (hex !== null) expect(Buffer.from(parseField(type, text)).toString("hex")).toBe(hex);
    });
  }
});
