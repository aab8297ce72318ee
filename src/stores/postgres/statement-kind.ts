/** What is to be known of a statement that runs outside of a transaction. */
import type { SqlStatement } from "./split.ts";

const ORDINARY = new Set(
  "INSERT UPDATE DELETE MERGE TRUNCATE GRANT REVOKE COMMENT SELECT WITH VALUES COPY REFRESH CREATE ALTER DROP".split(
    " ",
  ),
);
/** Objects that only a statement of its own can create, change or drop. */
const ALONE = new Set(["DATABASE", "TABLESPACE", "SUBSCRIPTION", "SYSTEM"]);

/**
 * Whether the statement may share a transaction with the note that it was run, so that both happen or neither. When in
 * doubt it may not: DO and CALL can commit themselves.
 */
export function canBeAtomic({ words }: SqlStatement): boolean {
  const [first = "", second = ""] = words;
  return (
    ORDINARY.has(first) && !ALONE.has(second) && (first === "REFRESH" || !words.includes("CONCURRENTLY"))
  );
}

const NAME = String.raw`(?:"(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_$]*)`;
const QUALIFIED = `${NAME}(?:\\s*\\.\\s*${NAME})*`;
const CREATE_INDEX = new RegExp(
  `^CREATE\\s+(?:UNIQUE\\s+)?INDEX\\s+CONCURRENTLY\\s+(?:IF\\s+NOT\\s+EXISTS\\s+)?(${NAME})\\s+ON\\s+(?:ONLY\\s+)?(${QUALIFIED})`,
  "iu",
);
const DROP_INDEX = new RegExp(`^DROP\\s+INDEX\\s+CONCURRENTLY\\s+(?:IF\\s+EXISTS\\s+)?(${QUALIFIED})`, "iu");

/** Names as the statement spells them. */
export type ConcurrentIndex =
  | { readonly action: "create"; readonly index: string; readonly table: string }
  | { readonly action: "drop"; readonly index: string };

/** What a CREATE or DROP INDEX CONCURRENTLY is about; null for anything else, and for an index without a name. */
export function concurrentIndex({ text }: SqlStatement): ConcurrentIndex | null {
  const [, index, table] = CREATE_INDEX.exec(text) ?? [];
  if (index !== undefined && table !== undefined) return { action: "create", index, table };
  const [, dropped] = DROP_INDEX.exec(text) ?? [];
  return dropped === undefined ? null : { action: "drop", index: dropped };
}

/** A name as the catalog has it: `"A""b"` → `A"b`, `Foo` → `foo`. */
export function catalogName(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toLowerCase();
}
