import { DbctlError } from "../../errors.ts";
import type { Script, Statement } from "../store.ts";
import { type Token, tokens, Unclosed } from "./lexer.ts";

/** The statements of a script, comments around them left out. @throws MIGRATION_INVALID with file, line, column */
export function splitScript(script: Script): readonly Statement[] {
  const { text } = script;
  const statements: Statement[] = [];
  let current: Token[] = [];
  const end = () => {
    const [first] = current;
    const last = current.at(-1);
    if (first === undefined || last === undefined) return;
    const words = current.map((token) => wordOf(text, token));
    const fault = faultOf(words);
    if (fault !== null) throw invalid(script, first.start, fault);
    statements.push({ text: text.slice(first.start, last.end), ...placeAt(text, first.start) });
    current = [];
  };
  try {
    for (const token of tokens(text)) {
      if (token.kind === "symbol" && text[token.start] === ";") end();
      else current.push(token);
    }
  } catch (error) {
    if (error instanceof Unclosed) throw invalid(script, error.start, error.message);
    throw error;
  }
  end();
  return statements;
}

/** 1-based. */
export function placeAt(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset);
  return { line: before.split("\n").length, column: offset - before.lastIndexOf("\n") };
}

/** A bare word in capitals, a symbol as it is, `'` for anything quoted. */
function wordOf(text: string, { kind, start, end }: Token): string {
  return kind === "quoted" ? "'" : text.slice(start, end).toUpperCase();
}

/** Every statement runs in a session of its own, so what only changes the session would do nothing. */
const SESSION_ONLY: Readonly<Record<string, string>> = {
  SET: "SET does not reach other statements: put SETTINGS behind the statement that needs it",
  USE: "USE would leave the namespace: write database.table",
  BEGIN: "ClickHouse has no transactions that span statements",
  START: "ClickHouse has no transactions that span statements",
  COMMIT: "ClickHouse has no transactions that span statements",
  ROLLBACK: "ClickHouse has no transactions that span statements",
};

/** Why a statement can't be run from a file; null when it can. */
function faultOf(words: readonly string[]): string | null {
  const [first = ""] = words;
  const sessionOnly = Object.hasOwn(SESSION_ONLY, first) ? SESSION_ONLY[first] : undefined;
  if (sessionOnly !== undefined) return sessionOnly;
  if (first !== "INSERT") return null;
  let depth = 0;
  for (const [index, word] of words.entries()) {
    if (word === "(") depth++;
    else if (word === ")") depth--;
    if (depth > 0) continue;
    if (word === "SELECT" || word === "WITH" || word === "VALUES") return null;
    if (word === "INFILE") return "INSERT … FROM INFILE reads the client's files: use VALUES or SELECT";
    if (word === "FORMAT" && words[index + 1] !== "VALUES") {
      return "data behind FORMAT cannot be told from the statements that follow: use VALUES or SELECT";
    }
  }
  return null;
}

function invalid({ file, text }: Script, offset: number, why: string): DbctlError {
  const { line, column } = placeAt(text, offset);
  return new DbctlError("MIGRATION_INVALID", `${file}:${line}:${column} ${why}`, {
    store: "clickhouse",
    data: { file, line, column },
  });
}
