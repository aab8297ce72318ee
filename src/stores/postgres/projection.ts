/** A projection against the columns that are there: the SQL that reads it. */
import { typeName } from "../../encoding/types.ts";
import { DbctlError } from "../../errors.ts";
import type { ProjectedField, Projection } from "../store.ts";
import { type Cast, castColumn, lengthPrefixed } from "./cast.ts";
import { bytesLiteral, quoteIdentifier } from "./literal.ts";
import type { Column, Table } from "./table.ts";

/** A field with the column that holds it and the SQL that reads it; the table's alias is `t`. */
export interface BoundField {
  readonly field: ProjectedField;
  readonly column: Column;
  /** The bare column. */
  readonly sql: string;
  readonly cast: Cast;
  /** Sorts and compares in the declared order; NULLs last. */
  readonly ordered: string;
  readonly nullable: boolean;
}

export interface BoundProjection {
  readonly projection: Projection;
  readonly fields: readonly BoundField[];
  readonly key: readonly BoundField[];
  /** One for each predicate of `where`, in its order. */
  readonly predicateFields: readonly BoundField[];
  /** At most one row of a key, and no key with NULL: some unique index says so. */
  readonly keyIsUnique: boolean;
  /** A unique index has exactly the columns of the key: ON CONFLICT takes it. */
  readonly keyIsConflictTarget: boolean;
  /** An index has the order of the key: ranges can be read by it. */
  readonly keyIsIndexed: boolean;
}

/** @throws CONFIG_INVALID naming every column that is absent or can't be read as its declared type */
export function bindProjection(name: string, projection: Projection, table: Table): BoundProjection {
  const faults = new Set<string>();
  const bind = (field: ProjectedField): BoundField[] => {
    const column = table.columns.get(field.column);
    const bound = column === undefined ? absent(field) : bindField(field, column);
    if (typeof bound !== "string") return [bound];
    faults.add(bound);
    return [];
  };
  const fields = projection.fields.flatMap(bind);
  const predicateFields = projection.where.flatMap((predicate) => bind(predicate.field));
  if (faults.size > 0) throw unreadable(name, [...faults]);
  const key = fields.slice(0, projection.keyLength);
  const numbers = key.map(({ column }) => column.number);
  const unique = table.indexes.filter(
    (index) => index.unique && index.columns.every((c) => numbers.includes(c)),
  );
  return {
    projection,
    fields,
    key,
    predicateFields,
    keyIsUnique: unique.some(
      (index) =>
        index.nullsNotDistinct ||
        key.every(({ column }) => !index.columns.includes(column.number) || column.notNull),
    ),
    keyIsConflictTarget: unique.some((index) => index.columns.length === key.length),
    keyIsIndexed: table.indexes.some((index) =>
      key.every(({ column, ordered, sql }, position) => {
        if (index.columns[position] !== column.number) return false;
        const collation = index.collations[position] ?? 0;
        return ordered === sql
          ? collation === column.collationOid
          : collation === C_COLLATION && ordered === inC(sql);
      }),
    ),
  };
}

/** The oid of the collation "C", the same in every installation. */
const C_COLLATION = 950;

function inC(sql: string): string {
  return `${sql} COLLATE "C"`;
}

function absent(field: ProjectedField): string {
  return `column ${field.column} (${typeName(field.type)}) is not there`;
}

function unreadable(name: string, faults: readonly string[]): DbctlError {
  return new DbctlError("CONFIG_INVALID", `table ${name} does not fit its entity: ${faults.join("; ")}`, {
    store: "postgres",
    hint: "declare the fields as the columns are, or change the columns in a migration",
    data: { collection: name, faults },
  });
}

function bindField(field: ProjectedField, column: Column): BoundField | string {
  const sql = `t.${quoteIdentifier(column.name)}`;
  const cast = castColumn(field.type, column, sql);
  if (typeof cast === "string") return cast;
  const isText = cast.sqlType === "text";
  const ordered =
    isText && !(column.bytewise && cast.comparable === sql) ? inC(cast.comparable) : cast.comparable;
  return { field, column, sql, cast, ordered, nullable: !column.notNull };
}

/** The fields as a SELECT list; the binary COPY of it is the row encoding. */
export function selectList(fields: readonly BoundField[]): string {
  return fields.map(({ cast }) => cast.value).join(", ");
}

/** The row encoding as a bytea. */
export function rowEncoding(fields: readonly BoundField[]): string {
  const count = Buffer.alloc(2);
  count.writeInt16BE(fields.length);
  const encoded = fields.map(({ cast, sql, nullable }) => lengthPrefixed(cast, nullable ? sql : null));
  return [bytesLiteral(count), ...encoded].join(" || ");
}

/** ORDER BY the key; rows of one key, where there may be several, by their encoding. */
export function orderBy(bound: BoundProjection): string {
  const terms = bound.key.map(({ ordered }) => ordered);
  if (!bound.keyIsUnique) terms.push(rowEncoding(bound.fields));
  return terms.join(", ");
}
