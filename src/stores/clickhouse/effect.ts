import { tokens } from "./lexer.ts";

/**
 * How to learn whether a statement took effect when nobody heard its answer.
 * `data`: the table has newer parts. `mutation`: it has another mutation. `swap`: its identity changed.
 * `definition`: run it again, and it fails because its effect is there.
 */
export type EffectKind = "data" | "mutation" | "swap" | "definition";

export interface Effect {
  readonly kind: EffectKind;
  /** The table that shows it; `database` null: the namespace. Null for definitions. */
  readonly target: { readonly database: string | null; readonly table: string } | null;
  readonly verb: string;
}

const PARTS = new Set(["ATTACH", "REPLACE", "MOVE", "FETCH"]);
const MUTATIONS = new Set(["UPDATE", "DELETE", "MATERIALIZE"]);

/** Pure. */
export function effectOf(statement: string): Effect {
  const list = [...tokens(statement)].map((token) => ({
    ...token,
    text: statement.slice(token.start, token.end),
  }));
  const words = list.map(({ kind, text }) => (kind === "word" ? text.toUpperCase() : text));
  const verb = words[0] ?? "";
  const definition: Effect = { kind: "definition", target: null, verb };
  const at = (kind: EffectKind, index: number): Effect => {
    const target = tableAt(list, index);
    return target === null ? definition : { kind, target, verb };
  };
  switch (verb) {
    case "INSERT": {
      const start = words[1] === "INTO" ? 2 : 1;
      if (words[start] === "FUNCTION") return definition;
      return at("data", words[start] === "TABLE" && words[start + 1] !== "(" ? start + 1 : start);
    }
    case "DELETE":
      return at("mutation", 2);
    case "UPDATE":
      // Writes patch parts, not a mutation.
      return at("data", 1);
    case "EXCHANGE":
      return at("swap", 2);
    case "ALTER": {
      if (words[1] !== "TABLE") return definition;
      const commands = commandWords(words);
      if (commands.some((word) => MUTATIONS.has(word))) return at("mutation", 2);
      return commands.some((word) => PARTS.has(word)) ? at("data", 2) : definition;
    }
    default:
      return definition;
  }
}

/** The word that begins each command of an ALTER TABLE: behind the table's name, and behind commas outside of brackets. */
function commandWords(words: readonly string[]): string[] {
  let start = words[3] === "." ? 5 : 3;
  if (words[start] === "ON") start += 3;
  const found = [words[start] ?? ""];
  let depth = 0;
  for (let index = start; index < words.length; index++) {
    if (words[index] === "(") depth++;
    else if (words[index] === ")") depth--;
    else if (words[index] === "," && depth === 0) found.push(words[index + 1] ?? "");
  }
  return found;
}

interface Word {
  readonly kind: string;
  readonly text: string;
}

function tableAt(list: readonly Word[], index: number): Effect["target"] {
  const first = nameOf(list[index]);
  if (first === null) return null;
  if (list[index + 1]?.text !== ".") return { database: null, table: first };
  const second = nameOf(list[index + 2]);
  return second === null ? null : { database: first, table: second };
}

function nameOf(word: Word | undefined): string | null {
  if (word?.kind === "word") return word.text;
  if (word?.kind !== "quoted" || word.text.startsWith("'") || word.text.startsWith("$")) return null;
  const quote = word.text[0] ?? "";
  return word.text
    .slice(1, -1)
    .replaceAll(quote + quote, quote)
    .replace(/\\(.)/gs, "$1");
}
