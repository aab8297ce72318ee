/** A token that counts: not space, not comment. */
export interface Token {
  /** `word`: bare words and numbers. `quoted`: strings, quoted identifiers and heredocs. `symbol`: one character. */
  readonly kind: "word" | "quoted" | "symbol";
  readonly start: number;
  readonly end: number;
}

/** Something that begins at `start` and never ends. */
export class Unclosed extends Error {
  readonly start: number;
  constructor(what: string, start: number) {
    super(what);
    this.start = start;
  }
}

const WORD = /[A-Za-z0-9_$]/;
const CLOSING_QUOTES: Readonly<Record<string, string>> = { "‘": "’", "“": "”" };

/** The tokens of a script, as ClickHouse's own lexer (src/Parsers/Lexer.cpp) cuts them. @throws Unclosed */
export function* tokens(text: string): Generator<Token> {
  let at = 0;
  while (at < text.length) {
    const skipped = skip(text, at);
    if (skipped > at) {
      at = skipped;
      continue;
    }
    const token = tokenAt(text, at);
    yield token;
    at = token.end;
  }
}

/** Behind the space or comment at `at`; `at` itself when there is neither. */
function skip(text: string, at: number): number {
  const char = text[at] ?? "";
  const pair = text.slice(at, at + 2);
  if (/\s/.test(char)) return at + 1;
  if (pair === "--" || pair === "//" || pair === "# " || pair === "#!") {
    const newline = text.indexOf("\n", at);
    return newline < 0 ? text.length : newline;
  }
  return pair === "/*" ? commentEnd(text, at) : at;
}

/** Comments nest. */
function commentEnd(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length - 1; ) {
    const pair = text.slice(at, at + 2);
    if (pair === "/*") depth++;
    else if (pair === "*/") depth--;
    at += pair === "/*" || pair === "*/" ? 2 : 1;
    if (depth === 0) return at;
  }
  throw new Unclosed("a comment is not closed", start);
}

function tokenAt(text: string, start: number): Token {
  const char = text[start] ?? "";
  if (char === "'" || char === '"' || char === "`") {
    return { kind: "quoted", start, end: quotedEnd(text, start, char) };
  }
  const closing = CLOSING_QUOTES[char];
  if (closing !== undefined) {
    const end = text.indexOf(closing, start + 1);
    if (end < 0) throw new Unclosed(`a quote ${char} is not closed`, start);
    return { kind: "quoted", start, end: end + 1 };
  }
  if (char === "$") {
    const end = heredocEnd(text, start);
    if (end !== null) return { kind: "quoted", start, end };
  }
  if (!WORD.test(char)) return { kind: "symbol", start, end: start + 1 };
  let end = start + 1;
  while (end < text.length && WORD.test(text[end] ?? "")) end++;
  return { kind: "word", start, end };
}

/** A quote inside is doubled or follows a backslash. */
function quotedEnd(text: string, start: number, quote: string): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === quote && text[at + 1] === quote) at++;
    else if (text[at] === quote) return at + 1;
  }
  throw new Unclosed(`a quote ${quote} is not closed`, start);
}

/** `$tag$ … $tag$`; null when the dollar begins none. */
function heredocEnd(text: string, start: number): number | null {
  const tagEnd = text.indexOf("$", start + 1);
  if (tagEnd < 0) return null;
  const tag = text.slice(start, tagEnd + 1);
  const close = text.indexOf(tag, tagEnd + 1);
  return close < 0 ? null : close + tag.length;
}
