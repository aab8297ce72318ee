import { InvalidArgumentError } from "commander";
import { DURATION_GRAMMAR, parseDuration } from "../config/duration.ts";
import { SUPPORTED_STORES } from "../stores/index.ts";

/** `500ms`, `30s`, `10m` → milliseconds. */
export function durationMs(text: string): number {
  const value = parseDuration(text);
  if (value === null) throw new InvalidArgumentError(`Expected ${DURATION_GRAMMAR}.`);
  return value;
}

export function positiveInteger(text: string): number {
  return integer(text, 1);
}

export function nonNegativeInteger(text: string): number {
  return integer(text, 0);
}

export function positiveNumber(text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError("Expected a number above 0.");
  return value;
}

/** `a,b` and the flag given twice come to the same. */
export function nameList(text: string, previous: readonly string[] = []): readonly string[] {
  const names = text.split(",").map((name) => name.trim());
  if (names.some((name) => name === ""))
    throw new InvalidArgumentError("Expected names with commas between.");
  return [...new Set([...previous, ...names])];
}

/** A `nameList` of stores that this build supports. */
export function storeList(text: string, previous: readonly string[] = []): readonly string[] {
  const names = nameList(text, previous);
  const unknown = names.find((name) => !SUPPORTED_STORES.some((store) => store === name));
  if (unknown !== undefined) {
    throw new InvalidArgumentError(
      `There is no store "${unknown}": choose from ${SUPPORTED_STORES.join(", ")}.`,
    );
  }
  return names;
}

function integer(text: string, least: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : -1;
  if (!Number.isSafeInteger(value) || value < least) {
    throw new InvalidArgumentError(`Expected a whole number of at least ${least}.`);
  }
  return value;
}
