/** Predicates and key ranges as SQL with their operands in it. */
import type { Field, Key, KeyRange, Predicate } from "../store.ts";
import { bytesLiteral, isRepresentable, literal } from "./literal.ts";
import type { BoundField, BoundProjection } from "./projection.ts";

const OPERATORS = { is: "=", isNot: "IS DISTINCT FROM", lt: "<", lte: "<=", gt: ">", gte: ">=" } as const;
type Operator = "=" | "IS DISTINCT FROM" | "<" | "<=" | ">" | ">=";

/**
 * Both sides of a comparison. A text that PostgreSQL can't hold (other engines can) is compared as bytes, which have
 * the same order; so is anything else beyond its range where equality is asked.
 */
function sides(bound: BoundField, operator: Operator, operand: Uint8Array): readonly [string, string] {
  const { cast, ordered, field } = bound;
  const { type } = field;
  const isEquality = operator === "=" || operator === "IS DISTINCT FROM";
  const asBytes =
    type.kind === "array" || (!isRepresentable(type, operand) && (isEquality || type.kind === "text"));
  return asBytes ? [cast.bytes, bytesLiteral(operand)] : [ordered, literal(type, cast.sqlType, operand)];
}

function comparison(bound: BoundField, operator: Operator, operand: Uint8Array): string {
  return sides(bound, operator, operand).join(` ${operator} `);
}

function predicateSql(bound: BoundField, predicate: Predicate): string {
  if ("operands" in predicate) {
    const tests = predicate.operands.map((operand) => comparison(bound, "=", operand));
    return tests.length === 0 ? "false" : tests.join(" OR ");
  }
  if ("operand" in predicate) return comparison(bound, OPERATORS[predicate.op], predicate.operand);
  return `${bound.sql} IS ${predicate.op === "isNull" ? "NULL" : "NOT NULL"}`;
}

/** The `where` of a projection, one condition an entry. */
export function whereConditions(bound: BoundProjection): string[] {
  return bound.projection.where.flatMap((predicate, index) => {
    const field = bound.predicateFields[index];
    return field === undefined ? [] : [predicateSql(field, predicate)];
  });
}

/** The range of keys, one condition an entry. */
export function rangeConditions(key: readonly BoundField[], range: KeyRange): string[] {
  return [
    ...(range.from === null ? [] : [keyCondition(key, range.from, ">=")]),
    ...(range.to === null ? [] : [keyCondition(key, range.to, "<")]),
  ];
}

/** WHERE and all conditions; nothing when there is none. */
export function whereClause(conditions: readonly string[]): string {
  return conditions.length === 0 ? "" : `WHERE (${conditions.join(") AND (")})`;
}

/** A row comparison where nothing can be NULL, since an index serves it; else its terms one by one. */
function keyCondition(key: readonly BoundField[], bound: Key, operator: ">=" | "<"): string {
  const pairs = key.map((field, index) => [field, bound[index] ?? null] as const);
  if (pairs.some(([field, value]) => field.nullable || value === null)) return lexicographic(pairs, operator);
  const both = pairs.map(([field, value]) => sides(field, operator, value ?? new Uint8Array()));
  const [left, right] = [both.map(([side]) => side), both.map(([, side]) => side)];
  return `(${left.join(", ")}) ${operator} (${right.join(", ")})`;
}

type Pair = readonly [field: BoundField, value: Field];

/** NULL comes after every value. */
function lexicographic(pairs: readonly Pair[], operator: ">=" | "<"): string {
  const [first, ...rest] = pairs;
  if (first === undefined) return operator === ">=" ? "true" : "false";
  const [field, value] = first;
  const beyond = operator === ">=" ? greater(field, value) : less(field, value);
  const equal = value === null ? `${field.sql} IS NULL` : comparison(field, "=", value);
  return `(${beyond} OR (${equal} AND ${lexicographic(rest, operator)}))`;
}

function greater(field: BoundField, value: Field): string {
  if (value === null) return "false";
  const test = comparison(field, ">", value);
  return field.nullable ? `${test} OR ${field.sql} IS NULL` : test;
}

function less(field: BoundField, value: Field): string {
  return value === null ? `${field.sql} IS NOT NULL` : comparison(field, "<", value);
}
