import type { Field, Predicate } from "../stores/store.ts";
import { compareFields } from "./order.ts";

/**
 * What a predicate means, in memory: the reference for what adapters compile it to. NULL satisfies `isNull` and
 * `isNot` only. Comparison is by the declared order of the field's type; NaN is equal to itself and above every other
 * float, as in PostgreSQL.
 */
export function matches(predicate: Predicate, field: Field): boolean {
  if (!("operand" in predicate || "operands" in predicate))
    return (field === null) === (predicate.op === "isNull");
  if (field === null) return predicate.op === "isNot";
  const { type } = predicate.field;
  if ("operands" in predicate)
    return predicate.operands.some((operand) => compareFields(type, field, operand) === 0);
  const difference = compareFields(type, field, predicate.operand);
  switch (predicate.op) {
    case "is":
      return difference === 0;
    case "isNot":
      return difference !== 0;
    case "lt":
      return difference < 0;
    case "lte":
      return difference <= 0;
    case "gt":
      return difference > 0;
    case "gte":
      return difference >= 0;
  }
}
