import * as v from "valibot";
import { didYouMean, type Fault } from "./faults.ts";

/** A fault whose origin the caller knows. */
export type Report = (fault: Omit<Fault, "origin">) => void;

type AnySchema = v.GenericSchema & {
  readonly entries?: v.ObjectEntries;
  readonly wrapped?: v.GenericSchema;
  readonly item?: v.GenericSchema;
};

/**
 * `input` as `schema` has it, objects in it strict: every fault is reported, names that no object knows among them.
 * `path` is that of `input`. Null when anything was reported.
 */
export function checkShape<T extends v.GenericSchema>(
  schema: T,
  input: unknown,
  path: string,
  report: Report,
): v.InferOutput<T> | null {
  let isFaulty = false;
  const note: Report = (fault) => {
    isFaulty = true;
    report(fault);
  };
  const result = v.safeParse(schema, input);
  for (const issue of result.issues ?? []) {
    const at = join(path, v.getDotPath(issue) ?? "");
    note({
      path: at === "" ? "default export" : at,
      message: issue.input === undefined && at !== "" ? "is missing" : issue.message,
      ...durationHint(issue.input, at),
    });
  }
  reportUnknown(schema, input, path, note);
  return isFaulty || !result.success ? null : result.output;
}

function reportUnknown(schema: v.GenericSchema, value: unknown, path: string, report: Report): void {
  const { entries, wrapped, item }: AnySchema = schema;
  if (wrapped !== undefined) {
    reportUnknown(wrapped, value, path, report);
  } else if (item !== undefined && Array.isArray(value)) {
    value.forEach((each, index) => {
      reportUnknown(item, each, join(path, String(index)), report);
    });
  } else if (entries !== undefined && typeof value === "object" && value !== null) {
    for (const [name, each] of Object.entries(value)) {
      const at = join(path, name);
      const entry = Object.hasOwn(entries, name) ? (entries[name] as v.GenericSchema) : undefined;
      if (entry !== undefined) reportUnknown(entry, each, at, report);
      else report({ path: at, message: "is unknown", suggestion: suggest(name, Object.keys(entries)) });
    }
  }
}

function suggest(name: string, known: readonly string[]): string {
  return didYouMean(name, known) ?? `known here: ${known.join(", ")}`;
}

function durationHint(input: unknown, path: string): { suggestion?: string } {
  return typeof input === "number" && path.endsWith("Timeout")
    ? { suggestion: `write "${input}ms" or "${input}s"` }
    : {};
}

function join(path: string, rest: string): string {
  return path === "" || rest === "" ? path + rest : `${path}.${rest}`;
}
