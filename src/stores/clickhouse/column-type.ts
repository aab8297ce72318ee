/** A ClickHouse type, taken apart. */
export interface ColumnType {
  /** `Int64`, `DateTime64`, `Array`, …; without Nullable, LowCardinality and arguments. */
  readonly base: string;
  /** As written, without Nullable and LowCardinality: `DateTime64(6, 'UTC')`. */
  readonly spelling: string;
  readonly nullable: boolean;
  readonly lowCardinality: boolean;
  /** What stands between the parentheses, split at top-level commas. */
  readonly arguments: readonly string[];
  /** Of an Array. */
  readonly element: ColumnType | null;
}

/** Parses what `system.columns.type` holds. Pure; anything is a type here, known or not. */
export function parseColumnType(text: string): ColumnType {
  const wrapped = /^(Nullable|LowCardinality)\((.*)\)$/s.exec(text.trim());
  if (wrapped !== null) {
    const inner = parseColumnType(wrapped[2] ?? "");
    return wrapped[1] === "Nullable" ? { ...inner, nullable: true } : { ...inner, lowCardinality: true };
  }
  const simple = /^SimpleAggregateFunction\([^,]+,(.*)\)$/s.exec(text.trim());
  if (simple !== null) return parseColumnType(simple[1] ?? "");
  const [, base = text.trim(), inside] = /^(\w+)(?:\((.*)\))?$/s.exec(text.trim()) ?? [];
  const parts = inside === undefined ? [] : splitArguments(inside);
  const element = base === "Array" ? parseColumnType(parts[0] ?? "") : null;
  return { base, spelling: text.trim(), nullable: false, lowCardinality: false, arguments: parts, element };
}

function splitArguments(inside: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let index = 0; index < inside.length; index++) {
    const char = inside[index];
    if (char === "'") index = quotedEnd(inside, index);
    else if (char === "(") depth++;
    else if (char === ")") depth--;
    else if (char === "," && depth === 0) {
      parts.push(inside.slice(start, index).trim());
      start = index + 1;
    }
  }
  parts.push(inside.slice(start).trim());
  return parts;
}

/** Index of the quote that closes the one at `start`. */
function quotedEnd(text: string, start: number): number {
  let index = start + 1;
  while (index < text.length && text[index] !== "'") index += text[index] === "\\" ? 2 : 1;
  return index;
}

/** Digits after the point of a Decimal, as `system.columns` spells it: `Decimal(18, 4)`. */
export function decimalOf(type: ColumnType): { readonly precision: number; readonly scale: number } {
  return { precision: Number(type.arguments[0] ?? 10), scale: Number(type.arguments[1] ?? 0) };
}

/** Digits after the second of a DateTime64; 0 of a DateTime. */
export function secondDigits(type: ColumnType): number {
  return type.base === "DateTime64" ? Number(type.arguments[0] ?? 3) : 0;
}

/** Name → number of an Enum. */
export function enumValues(type: ColumnType): Map<string, number> {
  const values = new Map<string, number>();
  for (const part of type.arguments) {
    const [, name = "", number = "0"] = /^'(.*)'\s*=\s*(-?\d+)$/s.exec(part) ?? [];
    values.set(
      name.replace(/\\(x[0-9a-fA-F]{2}|.)/gs, (_, code: string) => unescape1(code)),
      Number(number),
    );
  }
  return values;
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f", "0": "\0" };

function unescape1(code: string): string {
  if (code.length > 1) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
  return ESCAPES[code] ?? code;
}
