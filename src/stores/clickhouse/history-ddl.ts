import { readFileSync } from "node:fs";
import { ident } from "./sql.ts";

export const HISTORY_TABLE = "_migration_history";
export const HEADS_TABLE = "_dbctl_heads";

function ddl(file: string, namespace: string): string {
  return readFileSync(new URL(file, import.meta.url), "utf8")
    .trim()
    .replaceAll("{namespace}", ident(namespace));
}

/** Idempotent. */
export function historyDdl(namespace: string): string {
  return ddl("./history.sql", namespace);
}

/** Idempotent. */
export function headsDdl(namespace: string): string {
  return ddl("./heads.sql", namespace);
}
