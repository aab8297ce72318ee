import { type FieldType, typeName } from "../encoding/types.ts";
import { asDbctlError } from "../errors.ts";
import type { Scalar } from "./entity.ts";
import { didYouMean } from "./faults.ts";
import type { Report } from "./shape.ts";

/** A value that a condition compares with, not yet known to be one of the field's type. */
export interface Operand {
  readonly type: FieldType;
  readonly value: Scalar;
  readonly path: string;
}

const BOUNDS = ["lt", "lte", "gt", "gte"];
const OPERATORS = ["not", "in", ...BOUNDS];
const ORDERED_KINDS = ["int", "decimal", "float", "text", "uuid", "timestamp", "date", "bytes"];

/** Checks the form of one condition of a `where`, and returns its operands. */
export function checkCondition(type: FieldType, condition: unknown, path: string, report: Report): Operand[] {
  if (condition === null) return [];
  if (typeof condition !== "object" || Array.isArray(condition)) {
    return operandsOf(type, condition, path, report);
  }
  const operators = Object.entries(condition);
  if (operators.length === 0) report({ path, message: "is empty" });
  for (const [name] of operators) {
    if (OPERATORS.includes(name)) continue;
    report({
      path: `${path}.${name}`,
      message: `"${name}" is no operator: ${OPERATORS.join(", ")}`,
      suggestion: didYouMean(name, OPERATORS),
    });
  }
  const isMixed = operators.length > 1 && operators.some(([name]) => name === "not" || name === "in");
  if (isMixed) report({ path, message: "mixes not or in with another operator" });
  return operators.flatMap(([name, operand]) =>
    checkOperator(type, name, operand, { path: `${path}.${name}`, report }),
  );
}

/** Reports every operand that is no value of its field's type. Loads the encoding: call it only with operands. */
export async function checkOperands(operands: readonly Operand[], report: Report): Promise<void> {
  const { encodeOperand } = await import("./projection.ts");
  for (const { type, value, path } of operands) {
    try {
      encodeOperand(type, value, new Date(0));
    } catch (error) {
      report({ path, message: `is no ${typeName(type)}: ${asDbctlError(error).message}` });
    }
  }
}

function checkOperator(
  type: FieldType,
  name: string,
  operand: unknown,
  { path, report }: { readonly path: string; readonly report: Report },
): Operand[] {
  if (name === "not") return operand === null ? [] : operandsOf(type, operand, path, report);
  if (name === "in") {
    if (Array.isArray(operand) && operand.length > 0) {
      return operand.flatMap((each) => operandsOf(type, each, path, report));
    }
    const message = Array.isArray(operand) ? "is an empty list, which lets no row through" : "is not a list";
    report({ path, message });
  } else if (BOUNDS.includes(name) && operand !== undefined) {
    if (ORDERED_KINDS.includes(type.kind)) return operandsOf(type, operand, path, report);
    report({ path, message: `${typeName(type)} has no order to compare by` });
  }
  return [];
}

function operandsOf(type: FieldType, value: unknown, path: string, report: Report): Operand[] {
  if (isScalar(value)) return [{ type, value, path }];
  const what = value === null ? "null" : Array.isArray(value) ? "a list" : typeof value;
  report({ path, message: `${what} is no value to compare with: a text, a number, a bigint or a boolean` });
  return [];
}

function isScalar(value: unknown): value is Scalar {
  return ["string", "number", "bigint", "boolean"].includes(typeof value);
}
