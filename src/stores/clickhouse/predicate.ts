import type { FieldType } from "../../encoding/types.ts";
import type { Predicate } from "../store.ts";
import { type Column, comparable, reference } from "./projection.ts";
import { asBuffer, hex } from "./sql.ts";

type Comparison = "is" | "isNot" | "lt" | "lte" | "gt" | "gte";

const OPERATORS: Readonly<Record<Comparison, string>> = {
  is: "=",
  isNot: "!=",
  lt: "<",
  lte: "<=",
  gt: ">",
  gte: ">=",
};

/** A condition of SQL that is true exactly where `matches` (src/encoding/predicate.ts) is. */
export function condition(predicate: Predicate, column: Column): string {
  const value = reference(column);
  const { nullable } = column.type;
  if (!("operand" in predicate || "operands" in predicate)) {
    if (!nullable) return predicate.op === "isNull" ? "0" : "1";
    return `${predicate.op}(${value})`;
  }
  const { type } = column.field;
  const present = nullable ? `assumeNotNull(${value})` : value;
  const form = comparable(type, column.type, present);
  const compared =
    "operands" in predicate
      ? predicate.operands.map((operand) => comparison(type, form, "is", operand)).join(" OR ") || "0"
      : comparison(type, form, predicate.op, predicate.operand);
  if (!nullable) return `(${compared})`;
  return predicate.op === "isNot"
    ? `(isNull(${value}) OR (${compared}))`
    : `(isNotNull(${value}) AND (${compared}))`;
}

function comparison(type: FieldType, form: string, op: Comparison, operand: Uint8Array): string {
  if (type.kind !== "float") return `${form} ${OPERATORS[op]} ${literal(type, operand)}`;
  const number = asBuffer(operand).readDoubleBE();
  if (Number.isNaN(number)) {
    const odd = `isNaN(${form})`;
    return { is: odd, isNot: `NOT ${odd}`, lt: `NOT ${odd}`, lte: "1", gt: "0", gte: odd }[op];
  }
  const bytes = Buffer.from(operand).reverse();
  const plain = `${form} ${OPERATORS[op]} reinterpretAsFloat64(${hex(bytes)})`;
  return op === "gt" || op === "gte" ? `(isNaN(${form}) OR ${plain})` : plain;
}

/** A constant to compare with `comparable`; not for floats. */
export function literal(type: FieldType, bytes: Uint8Array): string {
  const buffer = asBuffer(bytes);
  switch (type.kind) {
    case "int":
    case "timestamp":
      return `toInt64(${buffer.readBigInt64BE()})`;
    case "date":
      return `toInt32(${buffer.readInt32BE()})`;
    case "decimal":
      return type.precision <= 18
        ? `toInt64(${buffer.readBigInt64BE()})`
        : `toInt128('${(buffer.readBigInt64BE() << 64n) | buffer.readBigUInt64BE(8)}')`;
    case "bool":
      return String(buffer[0] ?? 0);
    default:
      return hex(bytes);
  }
}
