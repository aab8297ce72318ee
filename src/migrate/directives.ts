import { DURATION_GRAMMAR, parseDuration } from "../config/duration.ts";
import type { Directives } from "../stores/store.ts";

/** What holds for a file that says nothing. A migration may run long, but must not make others queue behind its lock. */
export const DEFAULT_DIRECTIVES: Directives = {
  transaction: true,
  lockTimeoutMs: 5_000,
  statementTimeoutMs: 0,
};

export interface DirectiveFault {
  /** 1-based. */
  readonly line: number;
  readonly message: string;
}

export interface ParsedDirectives {
  readonly directives: Directives;
  readonly faults: readonly DirectiveFault[];
}

/**
 * Reads `-- dbctl: no-transaction, lock-timeout=5s, statement-timeout=10m` from a file's header, the comment lines
 * before its first statement. `comment` is how the file's language begins a comment. A directive line further down
 * would do nothing, so it is a fault.
 */
export function parseDirectives(text: string, comment: string): ParsedDirectives {
  const faults: DirectiveFault[] = [];
  const found = new Map<string, Partial<Directives>>();
  let inHeader = true;
  for (const [index, raw] of text.split("\n").entries()) {
    const trimmed = raw.trim();
    const body = trimmed.startsWith(comment) ? trimmed.slice(comment.length).trim() : null;
    if (body === null && trimmed !== "") inHeader = false;
    if (body === null || !/^dbctl\s*:/.test(body)) continue;
    const line = index + 1;
    if (!inHeader) {
      faults.push({ line, message: "a dbctl: line counts only above the first statement" });
      continue;
    }
    for (const word of body.slice(body.indexOf(":") + 1).split(",")) {
      const directive = parseDirective(word.trim());
      if (typeof directive === "string") faults.push({ line, message: directive });
      else if (found.has(directive.name)) faults.push({ line, message: `${directive.name} is given twice` });
      else found.set(directive.name, directive.sets);
    }
  }
  return { directives: Object.assign({ ...DEFAULT_DIRECTIVES }, ...found.values()), faults };
}

/** What a directive sets, or what is wrong with it. */
function parseDirective(
  word: string,
): { readonly name: string; readonly sets: Partial<Directives> } | string {
  const [name = "", value] = word.split("=", 2).map((part) => part.trim());
  if (name === "no-transaction" && value === undefined) return { name, sets: { transaction: false } };
  if (name === "lock-timeout" || name === "statement-timeout") {
    const durationMs = value === "0" ? 0 : parseDuration(value ?? "");
    if (durationMs === null || (durationMs === 0 && value !== "0")) {
      return `${name} wants ${DURATION_GRAMMAR}; 0 is no limit`;
    }
    return {
      name,
      sets: name === "lock-timeout" ? { lockTimeoutMs: durationMs } : { statementTimeoutMs: durationMs },
    };
  }
  return `unknown directive "${word}": there are no-transaction, lock-timeout=…, statement-timeout=…`;
}
