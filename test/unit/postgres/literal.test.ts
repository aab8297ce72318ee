import { describe, expect, it } from "vitest";
import { t } from "../../../src/encoding/types.ts";
import { encodeValue } from "../../../src/encoding/value.ts";
import {
  arrayLiteral,
  bytesLiteral,
  inputText,
  isRepresentable,
  literal,
  quoteIdentifier,
  quoteText,
} from "../../../src/stores/postgres/literal.ts";

const int64 = (value: bigint) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
};
const time = (text: string) => inputText(t.timestamp(), encodeValue(t.timestamp(), text) ?? new Uint8Array());

describe("literals", () => {
  it("quotes names and texts so that nothing in them counts", () => {
    expect(quoteIdentifier('a"b.C')).toBe('"a""b.C"');
    expect(quoteText("it's")).toBe("'it''s'");
    expect(quoteText("a\\'b")).toBe(" E'a\\\\''b'");
    expect(bytesLiteral(Buffer.from([0, 255]))).toBe(" E'\\\\x00ff'::bytea");
    expect(literal(t.int(), "int8", int64(-5n))).toBe("'-5'::int8");
    const fields = ["a", 'q"\\', "NULL", "", "x,y", null, "{}"].map((text) => encodeValue(t.text(), text));
    expect(arrayLiteral(t.text(), "text", fields)).toBe(
      ` E'{a,"q\\\\"\\\\\\\\","NULL","","x,y",NULL,"{}"}'::text[]`,
    );
  });

  it("spells times as PostgreSQL reads them, from end to end of its range", () => {
    expect(time("2024-02-29T12:34:56.789012Z")).toBe("2024-02-29T12:34:56.789012Z");
    expect(inputText(t.timestamp(), int64(-63_113_904_000_000_000n))).toMatch(/^0001-.* BC$/);
    expect(inputText(t.timestamp(), int64(9_223_371_331_199_999_999n))).toBe("294276-12-31T23:59:59.999999Z");
    expect(inputText(t.timestamp(), int64(-211_813_488_000_000_000n))).toBe("4714-11-24T00:00:00.000000Z BC");
    expect(inputText(t.timestamp(), int64((1n << 63n) - 2n))).toBe("infinity");
    expect(inputText(t.timestamp(), int64(-(1n << 63n)))).toBe("-infinity");
    expect(inputText(t.timestamp(), int64(-(1n << 63n) + 1n))).toBe("4714-11-24T00:00:00.000000Z BC");
  });

  it("knows what no column can hold", () => {
    for (const text of ["a\0", "\0"]) expect(isRepresentable(t.text(), Buffer.from(text))).toBe(false);
    expect(isRepresentable(t.text(), Buffer.from([0xc3]))).toBe(false);
    expect(isRepresentable(t.text(), Buffer.from("\uFEFFä😀"))).toBe(true);
    expect(isRepresentable(t.timestamp(), int64((1n << 63n) - 2n))).toBe(false);
    expect(isRepresentable(t.timestamp(), int64((1n << 63n) - 1n))).toBe(true);
    expect(isRepresentable(t.date(), Buffer.from("7ffffffe", "hex"))).toBe(false);
    expect(isRepresentable(t.date(), Buffer.from("7fffffff", "hex"))).toBe(true);
  });
});
