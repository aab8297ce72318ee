import { hash } from "node:crypto";
import { canonicalJson, numbersNormalized } from "../encoding/json.ts";
import { tupleFields } from "../encoding/tuple.ts";
import { type FieldType, typeName } from "../encoding/types.ts";
import { arrayElements, formatField } from "../encoding/value.ts";
import { DbctlError } from "../errors.ts";
import type { Field, Projection } from "../stores/store.ts";
import type { Group, Pair } from "./groups.ts";
import type { Role } from "./plan.ts";

/** `duplicate`: one side holds the key more often than the other, or several times with other values. */
export const DIFFERENCE_KINDS = ["missing", "extra", "different", "duplicate"] as const;
export type DifferenceKind = (typeof DIFFERENCE_KINDS)[number];

/**
 * What a pair comes to. `spelling`: only JSON numbers are spelled differently. `absent`: not cached. `archived`: the
 * row has left the source. `gone`: neither side has it.
 */
export type Verdict = DifferenceKind | "equal" | "spelling" | "absent" | "archived" | "gone";

export function isDifference(verdict: Verdict): verdict is DifferenceKind {
  return (DIFFERENCE_KINDS as readonly Verdict[]).includes(verdict);
}

/** Judges what source and copy hold of one key by the role of the copy. */
export function judge(projection: Projection, role: Role, { source, copy }: Pair): Verdict {
  const [expected] = source;
  const [actual] = copy;
  if (expected === undefined && actual === undefined) return "gone";
  if (expected === undefined) return role === "archive" ? "archived" : "extra";
  if (actual === undefined) return role === "cache" ? "absent" : "missing";
  if (source.length > 1 || copy.length > 1) return sameRows(source, copy) ? "equal" : "duplicate";
  if (Buffer.compare(expected, actual) === 0) return "equal";
  return differsInSpellingOnly(projection, expected, actual) ? "spelling" : "different";
}

function sameRows(source: Group, copy: Group): boolean {
  return (
    source.length === copy.length &&
    source.every((row, index) => Buffer.compare(row, copy[index] ?? new Uint8Array()) === 0)
  );
}

/** A column on which two rows disagree; texts are exact, null is NULL. */
export interface ColumnDifference {
  readonly field: string;
  readonly type: string;
  readonly source: string | null;
  readonly copy: string | null;
}

/** The columns on which the first rows of both sides that disagree do so; none when either side has no row. */
export function differingColumns(
  { fields }: Projection,
  { source, copy }: Pair,
): readonly ColumnDifference[] {
  const [expected] = source;
  const actual = copy.find((row) => expected !== undefined && Buffer.compare(row, expected) !== 0);
  if (expected === undefined || actual === undefined) return [];
  const left = tupleFields(expected);
  const right = tupleFields(actual);
  return fields.flatMap(({ name, type }, index) => {
    const a = left[index] ?? null;
    const b = right[index] ?? null;
    if (sameButForSpelling(type, a, b)) return [];
    return [{ field: name, type: typeName(type), source: exactText(type, a), copy: exactText(type, b) }];
  });
}

/** Longer values are cut in reports: their beginning, their length and their hash tell them apart. */
const MAX_TEXT_LENGTH = 10_000;

/** A value as reports show it: exact text, null for NULL. */
export function exactText(type: FieldType, field: Field): string | null {
  if (field === null) return null;
  const text = formatField(type, field);
  if (text.length <= MAX_TEXT_LENGTH) return text;
  return `${text.slice(0, MAX_TEXT_LENGTH)}… (${text.length} characters, sha256 ${hash("sha256", field)})`;
}

function differsInSpellingOnly({ fields }: Projection, expected: Uint8Array, actual: Uint8Array): boolean {
  const left = tupleFields(expected);
  const right = tupleFields(actual);
  return fields.every(({ type }, index) => {
    const a = left[index] ?? null;
    const b = right[index] ?? null;
    return sameButForSpelling(type, a, b);
  });
}

function sameButForSpelling(type: FieldType, a: Field, b: Field): boolean {
  if (a === null || b === null) return a === b;
  if (Buffer.compare(a, b) === 0) return true;
  if (type.kind === "json") return sameNumbers(normalized(a), normalized(b));
  if (type.kind !== "array") return false;
  const left = arrayElements(a);
  const right = arrayElements(b);
  return (
    left.length === right.length &&
    left.every((element, index) => sameButForSpelling(type.of, element, right[index] ?? null))
  );
}

function sameNumbers(a: string | null, b: string | null): boolean {
  return a !== null && a === b;
}

/** Null for what is not JSON in its canonical form: that is a difference of its own. */
function normalized(json: Uint8Array): string | null {
  const text = Buffer.from(json).toString("utf8");
  try {
    return canonicalJson(text) === text ? numbersNormalized(text) : null;
  } catch (error) {
    if (error instanceof DbctlError) return null;
    throw error;
  }
}
