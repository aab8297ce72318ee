import { serverException } from "./errors.ts";
import { tokens } from "./lexer.ts";

const CREATED = /_ALREADY_EXISTS$|^DUPLICATE_COLUMN$/;
const CREATED_WORDS = /already exists/i;
const DROPPED =
  /^(UNKNOWN_(TABLE|DATABASE|FUNCTION|DICTIONARY|NAMED_COLLECTION)|NO_SUCH_COLUMN_IN_TABLE|NOT_FOUND_COLUMN_IN_BLOCK|THERE_IS_NO_|FUNCTION_NOT_EXIST)/;
const DROPPED_WORDS =
  /(does not|doesn't) exist|wrong (column|index|projection|constraint|statistics) name|cannot find|there is no/i;

/**
 * Whether a definition that may have taken effect before failed now because it did: what it creates is there, what it
 * drops is gone. Only to be asked for a statement whose end nobody saw.
 */
export function alreadyThere(statement: string, error: unknown): boolean {
  const exception = serverException(error);
  if (exception === null) return false;
  const words = new Set<string>();
  for (const { kind, start, end } of tokens(statement)) {
    if (kind === "word") words.add(statement.slice(start, end).toUpperCase());
  }
  const has = (...some: string[]) => some.some((word) => words.has(word));
  const isCreated = CREATED.test(exception.name) || CREATED_WORDS.test(exception.message);
  const isDropped = DROPPED.test(exception.name) || DROPPED_WORDS.test(exception.message);
  if (has("RENAME")) return isCreated || isDropped;
  return (has("CREATE", "ADD", "ATTACH") && isCreated) || (has("DROP", "DETACH", "UNDROP") && isDropped);
}
