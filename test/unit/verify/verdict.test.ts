import { expect, test } from "vitest";
import { t } from "../../../src/encoding/types.ts";
import { encodeRow, JsonText } from "../../../src/encoding/value.ts";
import { differingColumns, judge } from "../../../src/verify/verdict.ts";

const FIELDS = [
  { name: "id", column: "id", type: t.int() },
  { name: "doc", column: "doc", type: t.json() },
  { name: "docs", column: "docs", type: t.array(t.json()) },
  { name: "note", column: "note", type: t.text() },
];
const PROJECTION = { fields: FIELDS, keyLength: 1, where: [] };

function row(doc: string | null, docs: readonly string[] = [], note: string | null = null): Uint8Array {
  const json = (text: string) => new JsonText(text);
  return encodeRow(FIELDS, { id: 1, doc: doc === null ? null : json(doc), docs: docs.map(json), note });
}

const judged = (source: Uint8Array, copy: Uint8Array) =>
  judge(PROJECTION, "projection", { source: [source], copy: [copy] });

test.each([
  ["a trailing zero", row('{"a": 1.50}'), row('{"a": 1.5}')],
  ["within an array", row(null, ['{"a": 2.0}', "1"]), row(null, ['{"a": 2}', "1.00"])],
])("only spelled differently: %s", (_, source, copy) => {
  expect(judged(source, copy)).toBe("spelling");
  expect(differingColumns(PROJECTION, { source: [source], copy: [copy] })).toEqual([]);
});

test.each([
  ["another number", row('{"a": 1.50}'), row('{"a": 1.51}')],
  ["a text like the number", row('{"a": 1.5}'), row('{"a": "1.5"}')],
  ["spelling, and another column", row('{"a": 1.50}', [], "x"), row('{"a": 1.5}', [], "y")],
  ["NULL against null", row("null"), row(null)],
  ["another length of an array", row(null, ["1"]), row(null, ["1", "1"])],
])("different: %s", (_, source, copy) => {
  expect(judged(source, copy)).toBe("different");
});

test("a copy whose text is not canonical JSON differs, even from the same values", () => {
  const source = row('{"a": 1.50}');
  const at = Buffer.from(source).indexOf('{"a": 1.50}');
  const copy = Buffer.from(source);
  copy.write('{"a" :1.50}', at);
  expect(judged(source, copy)).toBe("different");
  copy.write('{"a": 1.50#', at);
  expect(judged(source, copy)).toBe("different");
});

test("only the columns that differ are shown, with exact values", () => {
  const source = row('{"a": 1.50}', [], "x ");
  const copy = row('{"a": 1.5}', [], null);
  expect(differingColumns(PROJECTION, { source: [source], copy: [copy] })).toEqual([
    { field: "note", type: "text", source: "x ", copy: null },
  ]);
});

test("a long value is cut, and told apart by length and hash", () => {
  const [column] = differingColumns(PROJECTION, {
    source: [row(null, [], "a".repeat(20_000))],
    copy: [row(null, [], `${"a".repeat(19_999)}b`)],
  });
  expect(column?.source).toMatch(/a… \(20000 characters, sha256 [0-9a-f]{64}\)$/);
  expect(column?.source).not.toBe(column?.copy);
});
