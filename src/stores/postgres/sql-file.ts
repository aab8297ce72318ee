import { readFileSync } from "node:fs";

const PLACEHOLDER = /(?<!:):([a-z]+)\b/g;

/** The text of an SQL file beside this module. */
export function readSql(file: string): string {
  return readFileSync(new URL(`./${file}`, import.meta.url), "utf8").trim();
}

/** Puts SQL in the place of `:name`; a name without a value stays as it is. */
export function fillSql(sql: string, values: Readonly<Record<string, string>>): string {
  return sql.replace(PLACEHOLDER, (found, name: string) => values[name] ?? found);
}
