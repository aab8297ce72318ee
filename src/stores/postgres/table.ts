import type { Namespace } from "./namespace.ts";
import type { Row, Session } from "./session.ts";
import { readSql } from "./sql-file.ts";

const COLUMNS = readSql("columns.sql");
const INDEXES = readSql("indexes.sql");

/** A type with its domains resolved. */
export interface BaseType {
  /** Of PostgreSQL itself (or citext); null for a type that somebody made, an enum for one. */
  readonly name: string | null;
  readonly isEnum: boolean;
  /** Length, or precision and scale: `atttypmod`. */
  readonly modifier: number;
}

export interface Column {
  readonly name: string;
  readonly number: number;
  /** The type as the server shows it. */
  readonly shown: string;
  readonly type: BaseType;
  /** Null where the column is no array. */
  readonly element: (BaseType & { readonly oid: number }) | null;
  readonly notNull: boolean;
  /** Computed by the server from other columns: can't be written. */
  readonly generated: boolean;
  readonly identityAlways: boolean;
  /** Texts compare equal only when their bytes do. */
  readonly deterministic: boolean;
  /** The column's own order is the bytewise one. */
  readonly bytewise: boolean;
  readonly collationOid: number;
}

export interface Index {
  /** Numbers of its key columns, in order. */
  readonly columns: readonly number[];
  readonly collations: readonly number[];
  readonly unique: boolean;
  readonly nullsNotDistinct: boolean;
}

export interface Table {
  readonly columns: ReadonlyMap<string, Column>;
  readonly indexes: readonly Index[];
}

/** Null when there is no such table. */
export async function describeTable(
  session: Session,
  namespace: Namespace,
  name: string,
): Promise<Table | null> {
  const values = [namespace.schema, name];
  const columns = (await session.run(COLUMNS, values)).map(columnOf);
  if (columns.length === 0) return null;
  const indexes = (await session.run(INDEXES, values)).map(indexOf);
  return { columns: new Map(columns.map((column) => [column.name, column])), indexes };
}

function columnOf(row: Row): Column {
  const flag = (name: string) => row[name] === "t";
  return {
    name: row.name ?? "",
    number: Number(row.number),
    shown: row.shown ?? "",
    type: { name: row.base ?? null, isEnum: flag("is_enum"), modifier: Number(row.modifier) },
    element: flag("is_array")
      ? {
          oid: Number(row.element_oid),
          name: row.element_base ?? null,
          isEnum: flag("element_is_enum"),
          modifier: Number(row.element_modifier),
        }
      : null,
    notNull: flag("not_null"),
    generated: row.generated !== "",
    identityAlways: row.identity === "a",
    deterministic: flag("is_deterministic"),
    bytewise: flag("is_bytewise"),
    collationOid: Number(row.collation_oid),
  };
}

function indexOf(row: Row): Index {
  const keyColumns = Number(row.key_columns);
  const numbers = (text: string | null | undefined) =>
    (text ?? "").split(" ").map(Number).slice(0, keyColumns);
  return {
    columns: numbers(row.columns),
    collations: numbers(row.collations),
    unique: row.is_unique === "t",
    nullsNotDistinct: row.nulls_not_distinct === "t",
  };
}
