import { expect, test } from "vitest";
import { t } from "../../../src/encoding/types.ts";
import {
  decimalOf,
  enumValues,
  parseColumnType,
  secondDigits,
} from "../../../src/stores/clickhouse/column-type.ts";
import { unfit } from "../../../src/stores/clickhouse/fit.ts";

test("types are taken apart", () => {
  expect(parseColumnType("LowCardinality(Nullable(FixedString(4)))")).toMatchObject({
    base: "FixedString",
    spelling: "FixedString(4)",
    nullable: true,
    lowCardinality: true,
    arguments: ["4"],
  });
  expect(parseColumnType("Array(Array(Nullable(Decimal(9, 2))))").element?.element).toMatchObject({
    base: "Decimal",
    nullable: true,
  });
  expect(parseColumnType("SimpleAggregateFunction(max, DateTime64(3, 'Europe/Berlin'))")).toMatchObject({
    base: "DateTime64",
    arguments: ["3", "'Europe/Berlin'"],
  });
  expect(decimalOf(parseColumnType("Decimal(38, 10)"))).toEqual({ precision: 38, scale: 10 });
  expect(secondDigits(parseColumnType("DateTime64(6, 'UTC')"))).toBe(6);
  expect(secondDigits(parseColumnType("DateTime('UTC')"))).toBe(0);
});

test("names of an Enum may hold anything", () => {
  const type = parseColumnType("Enum16('a' = 1, 'b, \\'c\\' = (' = -2, 'tab\\t' = 300)");
  expect([...enumValues(type)]).toEqual([
    ["a", 1],
    ["b, 'c' = (", -2],
    ["tab\t", 300],
  ]);
});

test.each([
  [t.int(), "UInt64", null],
  [t.int(), "Int128", "Int128 cannot hold int"],
  [t.text(), "LowCardinality(Nullable(String))", null],
  [t.text(), "UUID", "UUID cannot hold text"],
  [t.json(), "Nullable(String)", null],
  [t.array(t.uuid()), "Array(Nullable(UUID))", null],
  [t.array(t.uuid()), "Array(Nullable(String))", "String cannot hold uuid"],
  [t.decimal(18, 4), "Float64", "Float64 cannot hold decimal(18,4)"],
  [t.timestamp(), "Date", "Date cannot hold timestamp"],
])("%o in %s", (type, column, fault) => {
  expect(unfit(type, parseColumnType(column))).toBe(fault);
});
