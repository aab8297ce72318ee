import type { StoreOptions } from "../store.ts";
import { quoteIdentifier } from "./literal.ts";

/** Everything dbctl touches lies in one schema of one database. */
export interface Namespace {
  /** A database of its own, or a schema of a database that somebody else creates. */
  readonly kind: "database" | "schema";
  readonly database: string;
  readonly schema: string;
}

export function namespaceOf({ namespace, schema }: StoreOptions): Namespace {
  return schema === undefined
    ? { kind: "database", database: namespace, schema: "public" }
    : { kind: "schema", database: namespace, schema };
}

/** `"schema"."table"`. */
export function qualified(namespace: Namespace, table: string): string {
  return `${quoteIdentifier(namespace.schema)}.${quoteIdentifier(table)}`;
}
