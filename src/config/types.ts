import type { FieldType } from "../encoding/types.ts";
import { didYouMean } from "./faults.ts";
import type { Report } from "./shape.ts";

const SIMPLE_KINDS = ["int", "float", "bool", "text", "uuid", "timestamp", "date", "bytes", "json"] as const;
const LARGEST_PRECISION = 38;

/**
 * A declared type, from `t.…()` or, as in JSON, from its name: `uuid`, `decimal(18,4)`, `text[]`.
 * Null when it is none, which is reported.
 */
export function parseFieldType(input: unknown, path: string, report: Report): FieldType | null {
  if (typeof input === "string") return fromName(input, path, report);
  if (typeof input === "function") return fail("is a function", path, report, "call it: t.uuid()");
  if (typeof input !== "object" || input === null || !("kind" in input)) {
    return fail("is no type", path, report, "for example t.text()");
  }
  if (input.kind === "decimal") {
    const { precision, scale } = input as { precision?: unknown; scale?: unknown };
    return decimal(precision, scale, path, report);
  }
  if (input.kind === "array") return array("of" in input ? input.of : undefined, path, report);
  return simple(String(input.kind), path, report);
}

function fromName(name: string, path: string, report: Report): FieldType | null {
  const text = name.trim();
  if (text.endsWith("[]")) return array(text.slice(0, -2), path, report);
  const match = /^decimal\(\s*(\d+)\s*,\s*(\d+)\s*\)$/.exec(text);
  return match === null
    ? simple(text, path, report)
    : decimal(Number(match[1]), Number(match[2]), path, report);
}

function simple(name: string, path: string, report: Report): FieldType | null {
  const kind = SIMPLE_KINDS.find((known) => known === name);
  if (kind !== undefined) return { kind };
  const kinds = [...SIMPLE_KINDS, "decimal(18,4)"];
  return fail(
    `"${name}" is no type: ${kinds.join(", ")}, or one of them with []`,
    path,
    report,
    didYouMean(name, kinds),
  );
}

function decimal(precision: unknown, scale: unknown, path: string, report: Report): FieldType | null {
  if (!isWhole(precision, 1, LARGEST_PRECISION)) {
    return fail(
      `the precision of a decimal is 1 to ${LARGEST_PRECISION}`,
      path,
      report,
      "for example t.decimal(18, 4)",
    );
  }
  if (!isWhole(scale, 0, precision)) {
    return fail(`the scale of decimal(${precision}, …) is 0 to ${precision}`, path, report);
  }
  return { kind: "decimal", precision, scale };
}

function array(of: unknown, path: string, report: Report): FieldType | null {
  const type = parseFieldType(of, path, report);
  if (type?.kind === "array")
    return fail("is an array of arrays, which not every store has", path, report, "use json");
  return type === null ? null : { kind: "array", of: type };
}

function isWhole(value: unknown, min: number, max: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= min && value <= max;
}

function fail(message: string, path: string, report: Report, suggestion?: string): null {
  report({ path, message, suggestion });
  return null;
}
