import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import stringWidth from "string-width";
import { expect, test } from "vitest";
import { createStyle } from "../../../src/ui/human/style.ts";
import { shrink, tableFormatter } from "../../../src/ui/human/table.ts";

test("columns stand two apart, numbers to the right, nothing trails", async () => {
  const table = await tableFormatter(80);
  const text = table(
    ["entity", "rows"],
    [
      ["executions", "1,234"],
      ["日本", "5"],
    ],
    { align: ["left", "right"] },
  );
  expect(text.split("\n")).toEqual(["entity       rows", "executions  1,234", "日本            5"]);
});

test("a wide table wraps its widest columns and loses no word", async () => {
  const table = await tableFormatter(40);
  const note = "words that need more room than there is in so narrow a terminal";
  const lines = table(["key", "note", "path"], [["a", note, "x".repeat(50)]]).split("\n");
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(40);
  for (const word of note.split(" ")) expect(lines.join("\n")).toContain(word);
  expect(lines.join("").split("x").length - 1).toBe(50);
});

test("no line is wider than the terminal, whatever the cells hold", async () => {
  const letter = fc.constantFrom(..."abc é ñ 日本 語 - ß".split(""));
  const clean = fc.oneof(fc.string({ unit: letter, maxLength: 60 }), fc.lorem({ maxCount: 12 }));
  const table = await tableFormatter(60);
  fc.assert(
    fc.property(fc.array(fc.tuple(clean, clean, clean), { minLength: 1, maxLength: 5 }), (rows) => {
      for (const line of table(["one", "two", "three"], rows).split("\n")) {
        expect(stringWidth(line)).toBeLessThanOrEqual(60);
      }
    }),
    { numRuns: 200 },
  );
});

test("shrink takes from the widest first, spares words, then tokens, and never goes below what is readable", () => {
  expect(shrink([10, 20], [[10, 20]], 40)).toEqual([10, 20]);
  expect(shrink([10, 40], [[5, 5]], 32)).toEqual([10, 20]);
  expect(shrink([30, 30], [[25, 10]], 42)).toEqual([25, 15]);
  expect(
    shrink(
      [30, 30],
      [
        [30, 30],
        [10, 30],
      ],
      42,
    ),
  ).toEqual([10, 30]);
  expect(shrink([30, 30, 30], [[30, 30, 30]], 20)).toEqual([8, 8, 8]);
});

test("a word is kept whole while there is room for it", async () => {
  const table = await tableFormatter(30);
  const text = table(["address", "note"], [["127.0.0.1:26602", "missing: dbctl init"]]);
  expect(text.split("\n")).toEqual([
    "address          note",
    "127.0.0.1:26602  missing:",
    "                 dbctl init",
  ]);
});

test("a title breaks before a value does", async () => {
  const table = await tableFormatter(40);
  const key = "01a0f8c3-86c0-7d37-afff";
  expect(table(["key", "clickhouse:executions"], [[key, "present"]]).split("\n")).toEqual([
    "key                      clickhouse:",
    "                         executions",
    `${key}  present`,
  ]);
});

test("names and addresses break after their marks, colours survive", async () => {
  const { table, color } = await createStyle({ width: 40, colorLevel: 1, unicode: true });
  const text = table(
    ["setting", "value"],
    [["stores.clickhouse.connectTimeout", color.red("postgres://user@127.0.0.1:5432/base")]],
  );
  expect(stripVTControlCharacters(text).split("\n")).toEqual([
    "setting             value",
    "stores.clickhouse.  postgres://user@",
    "connectTimeout      127.0.0.1:5432/base",
  ]);
  expect(text).toContain("\u001b[31m127.0.0.1");
});

test("without colours there is not one ESC byte; marks read without colour", async () => {
  const plain = await createStyle({ width: 80, colorLevel: 0, unicode: false });
  const text = [plain.table(["head"], [[plain.color.red("cell")]]), plain.ok, plain.bad, plain.warn].join("");
  expect(text).not.toContain("\u001b");
  expect([plain.ok, plain.bad, plain.warn]).toEqual(["+", "x", "!"]);
  const colourful = await createStyle({ width: 80, colorLevel: 1, unicode: true });
  expect(colourful.ok).toBe("\u001b[32m✓\u001b[39m");
});
