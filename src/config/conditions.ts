import { type FieldType, typeName } from "../encoding/types.ts";
import { asDbctlError } from "../errors.ts";
import type { Scalar } from "./entity.ts";
import { didYouMean } from "./faults.ts";
import { encodeOperand } from "./projection.ts";
import type { Report } from "./shape.ts";

const BOUNDS = ["lt", "lte", "gt", "gte"];
const OPERATORS = ["not", "in", ...BOUNDS];
const ORDERED_KINDS = ["int", "decimal", "float", "text", "uuid", "timestamp", "date", "bytes"];

/** One condition of a `where`: its form, and that its operands are values of the field's type. */
export function checkCondition(type: FieldType, condition: unknown, path: string, report: Report): void {
  if (condition === null) return;
  if (typeof condition !== "object" || Array.isArray(condition)) {
    checkOperand(type, condition, path, report);
    return;
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
  for (const [name, operand] of operators) checkOperator(type, name, operand, `${path}.${name}`, report);
}

function checkOperator(type: FieldType, name: string, operand: unknown, path: string, report: Report): void {
  if (name === "not") {
    if (operand !== null) checkOperand(type, operand, path, report);
  } else if (name === "in") {
    if (!Array.isArray(operand)) report({ path, message: "is not a list" });
    else if (operand.length === 0) report({ path, message: "is an empty list, which lets no row through" });
    else for (const each of operand) checkOperand(type, each, path, report);
  } else if (BOUNDS.includes(name)) {
    if (operand === undefined) return;
    if (!ORDERED_KINDS.includes(type.kind))
      report({ path, message: `${typeName(type)} has no order to compare by` });
    else checkOperand(type, operand, path, report);
  }
}

function checkOperand(type: FieldType, operand: unknown, path: string, report: Report): void {
  if (!isScalar(operand)) {
    const what = operand === null ? "null" : Array.isArray(operand) ? "a list" : typeof operand;
    report({ path, message: `${what} is no value to compare with: a text, a number, a bigint or a boolean` });
    return;
  }
  try {
    encodeOperand(type, operand, new Date(0));
  } catch (error) {
    report({ path, message: `is no ${typeName(type)}: ${asDbctlError(error).message}` });
  }
}

function isScalar(value: unknown): value is Scalar {
  return ["string", "number", "bigint", "boolean"].includes(typeof value);
}
