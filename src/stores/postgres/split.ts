/** Takes a script apart as psql would: where statements end depends on quotes, comments, parentheses and bodies. */
import { DbctlError } from "../../errors.ts";
import type { Script, Statement } from "../store.ts";

export interface SqlStatement extends Statement {
  /** Of its first character in the script. */
  readonly offset: number;
  /** Its first words outside of quotes, in upper case. */
  readonly words: readonly string[];
}

const WORDS_KEPT = 16;
const WORD = /[A-Za-z_\u{80}-\u{10ffff}][\w$\u{80}-\u{10ffff}]*/uy;
const DOLLAR_QUOTE = /\$(?:[A-Za-z_\u{80}-\u{10ffff}][\w\u{80}-\u{10ffff}]*)?\$/uy;
const COMMENT_MARK = /\/\*|\*\//g;
const LINE_END = /[\r\n]|$/g;
/** Between two parts of one string constant: white space with a line end in it, comments included. */
const CONTINUATION = /(?:[ \t\f\v]|--[^\r\n]*)*[\r\n](?:\s|--[^\r\n]*[\r\n])*'/y;
const NO_TRANSACTION = /^\s*--\s*dbctl\s*:.*\bno-transaction\b/m;

/** @throws MIGRATION_INVALID at the place of what the server could not run or dbctl must not */
export function splitSql({ file, text }: Script): readonly SqlStatement[] {
  return new Splitter(file, text).run();
}

/** Line and column of an offset, both from 1. */
export function locate(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset);
  const line = before.split("\n").length;
  return { line, column: offset - (before.lastIndexOf("\n") + 1) + 1 };
}

class Splitter {
  readonly #file: string;
  readonly #text: string;
  readonly #statements: SqlStatement[] = [];
  #at = 0;
  /** Of the current statement: where it begins and its last token ends; −1 before the first token. */
  #start = -1;
  #end = -1;
  #placed = { offset: 0, line: 1, column: 1 };
  #words: string[] = [];
  #lastWord = "";
  #parentheses = 0;
  /** Within BEGIN ATOMIC … END: how many ENDs are still to come. */
  #bodies = 0;

  constructor(file: string, text: string) {
    this.#file = file;
    this.#text = text;
  }

  run(): readonly SqlStatement[] {
    while (this.#at < this.#text.length) this.#token();
    if (this.#parentheses > 0 || this.#bodies > 0) {
      const what = this.#bodies > 0 ? "BEGIN ATOMIC without its END" : "a parenthesis that is not closed";
      throw this.#fault(this.#start, what);
    }
    this.#finish();
    return this.#statements;
  }

  #token(): void {
    const text = this.#text;
    const from = this.#at;
    const char = text.charAt(from);
    const pair = text.slice(from, from + 2);
    if (/\s/.test(char)) this.#at++;
    else if (pair === "--") this.#at = indexOf(text, LINE_END, from);
    else if (pair === "/*") this.#comment(from);
    else if (char === ";" && this.#parentheses === 0 && this.#bodies === 0) {
      this.#finish();
      this.#at++;
    } else {
      if (this.#start < 0) this.#start = from;
      this.#content(char, from);
      this.#end = this.#at;
    }
  }

  #content(char: string, from: number): void {
    const word = match(WORD, this.#text, from);
    if (word !== null) this.#word(word, from);
    else if (char === "'") this.#quoted("'", from, "a string");
    else if (char === '"') this.#quoted('"', from, "a quoted name");
    else if (char === "$") this.#dollar(from);
    else if (char === "\\") throw this.#fault(from, "a command of psql, which the server does not know");
    else {
      if (char === "(") this.#parentheses++;
      else if (char === ")") this.#parentheses = Math.max(0, this.#parentheses - 1);
      this.#at++;
    }
  }

  #word(word: string, from: number): void {
    this.#at = from + word.length;
    if (/^e$/i.test(word) && this.#text.charAt(this.#at) === "'") {
      this.#escaped(from);
      return;
    }
    const upper = word.toUpperCase();
    if (this.#words.length < WORDS_KEPT) this.#words.push(upper);
    if (this.#parentheses === 0) this.#keyword(upper, from);
    this.#lastWord = upper;
  }

  #keyword(word: string, from: number): void {
    if (this.#bodies > 0) {
      if (word === "CASE") this.#bodies++;
      else if (word === "END") this.#bodies--;
    } else if (word === "ATOMIC" && this.#lastWord === "BEGIN" && this.#words[0] === "CREATE") {
      this.#bodies = 1;
    }
    if (this.#words[0] !== "COPY") return;
    if ((word === "STDIN" && this.#lastWord === "FROM") || (word === "STDOUT" && this.#lastWord === "TO"))
      throw this.#fault(from, `COPY … ${this.#lastWord} ${word} needs a client that feeds it: use INSERT`);
  }

  /** A string or a name; its quote is doubled inside. */
  #quoted(quote: string, from: number, what: string): void {
    let end = this.#text.indexOf(quote, from + 1);
    while (end >= 0 && this.#text.charAt(end + 1) === quote) end = this.#text.indexOf(quote, end + 2);
    if (end < 0) throw this.#fault(from, `${what} that is not closed`);
    this.#at = end + 1;
  }

  /** E'…', where a backslash escapes; its continuation on the next line is of the same kind. */
  #escaped(from: number): void {
    const text = this.#text;
    for (let at = this.#at + 1; at < text.length; at++) {
      const char = text.charAt(at);
      if (char === "\\") at++;
      else if (char === "'") {
        if (text.charAt(at + 1) === "'") at++;
        else {
          const gap = match(CONTINUATION, text, at + 1);
          if (gap === null) {
            this.#at = at + 1;
            return;
          }
          at += gap.length;
        }
      }
    }
    throw this.#fault(from, "a string that is not closed");
  }

  #dollar(from: number): void {
    const tag = match(DOLLAR_QUOTE, this.#text, from);
    if (tag === null) {
      this.#at++;
      return;
    }
    const end = this.#text.indexOf(tag, from + tag.length);
    if (end < 0) throw this.#fault(from, `a string in ${tag} that is not closed`);
    this.#at = end + tag.length;
  }

  /** Comments nest. */
  #comment(from: number): void {
    let depth = 0;
    COMMENT_MARK.lastIndex = from;
    for (let mark = COMMENT_MARK.exec(this.#text); mark !== null; mark = COMMENT_MARK.exec(this.#text)) {
      depth += mark[0] === "/*" ? 1 : -1;
      if (depth === 0) {
        this.#at = COMMENT_MARK.lastIndex;
        return;
      }
    }
    throw this.#fault(from, "a comment that is not closed");
  }

  #finish(): void {
    if (this.#start >= 0) {
      const offset = this.#start;
      const text = this.#text.slice(offset, this.#end);
      const statement = { text, offset, words: this.#words, ...this.#place(offset) };
      this.#refuseTransactionControl(statement);
      this.#statements.push(statement);
    }
    this.#start = -1;
    this.#words = [];
    this.#lastWord = "";
  }

  /** Statements come in ascending order: each place is counted from the one before. */
  #place(offset: number): { readonly line: number; readonly column: number } {
    const passed = locate(this.#text.slice(this.#placed.offset, offset), offset - this.#placed.offset);
    const { line, column } = this.#placed;
    this.#placed =
      passed.line === 1
        ? { offset, line, column: column + passed.column - 1 }
        : { offset, line: line + passed.line - 1, column: passed.column };
    return { line: this.#placed.line, column: this.#placed.column };
  }

  /** In a step that is one transaction itself. */
  #refuseTransactionControl({ words, offset }: SqlStatement): void {
    if (!isTransactionControl(words)) return;
    const firstOffset = this.#statements[0]?.offset ?? offset;
    if (NO_TRANSACTION.test(this.#text.slice(0, firstOffset))) return;
    const shown = words.slice(0, 2).join(" ");
    throw this.#fault(
      offset,
      `${shown} within a step that is a transaction already; -- dbctl: no-transaction`,
    );
  }

  #fault(offset: number, what: string): DbctlError {
    const { line, column } = locate(this.#text, offset);
    return new DbctlError("MIGRATION_INVALID", `${this.#file}:${line}:${column} ${what}`, {
      store: "postgres",
      data: { file: this.#file, line, column },
    });
  }
}

/** Begins or ends a transaction; savepoints do not. */
export function isTransactionControl([first = "", second, ...rest]: readonly string[]): boolean {
  if (["BEGIN", "START", "COMMIT", "END", "ABORT"].includes(first)) return true;
  if (first === "ROLLBACK") return second !== "TO" && rest[0] !== "TO";
  return first === "PREPARE" && second === "TRANSACTION";
}

function match(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? null;
}

function indexOf(text: string, pattern: RegExp, from: number): number {
  pattern.lastIndex = from;
  return pattern.exec(text)?.index ?? text.length;
}
