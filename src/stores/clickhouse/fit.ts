import { type FieldType, typeName } from "../../encoding/types.ts";
import { type ColumnType, decimalOf } from "./column-type.ts";

const INTS = new Set(["Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64"]);

/** The column types that can hold a declared kind. */
const HOLDERS: Readonly<Record<FieldType["kind"], ReadonlySet<string>>> = {
  int: INTS,
  decimal: new Set(["Decimal"]),
  float: new Set(["Float32", "Float64"]),
  bool: new Set(["Bool", "UInt8"]),
  text: new Set(["String", "FixedString", "Enum8", "Enum16"]),
  uuid: new Set(["UUID"]),
  timestamp: new Set(["DateTime", "DateTime64"]),
  date: new Set(["Date", "Date32"]),
  bytes: new Set(["String", "FixedString"]),
  json: new Set(["String"]),
  array: new Set(["Array"]),
};

/** Why a column can't hold a declared type; null when it can. */
export function unfit(type: FieldType, column: ColumnType): string | null {
  if (!HOLDERS[type.kind].has(column.base)) return `${column.spelling} cannot hold ${typeName(type)}`;
  if (type.kind === "array" && column.element !== null) return unfit(type.of, column.element);
  return null;
}

/** Whether one column value stands for each canonical value and the other way round: then keys match in the column's own type. */
export function isExact(type: FieldType, column: ColumnType): boolean {
  switch (column.base) {
    case "Decimal":
      return type.kind === "decimal" && decimalOf(column).scale === type.scale;
    case "DateTime64":
      return Number(column.arguments[0] ?? 3) <= 6;
    case "UInt8":
      return type.kind === "int";
    case "FixedString":
    case "Array":
    case "Float32":
    case "Float64":
      return false;
    default:
      return true;
  }
}
