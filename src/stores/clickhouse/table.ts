import { DbctlError } from "../../errors.ts";
import type { CollectionRef, ProjectedField, Projection } from "../store.ts";
import { parseColumnType } from "./column-type.ts";
import type { Connection } from "./connection.ts";
import { unfit } from "./fit.ts";
import { type KeyForm, keyForm } from "./key.ts";
import { condition } from "./predicate.ts";
import { type Column, tupleExpression } from "./projection.ts";
import { ident, text } from "./sql.ts";

/** One table under one projection: the pieces of every statement on it. */
export interface Table {
  readonly ref: CollectionRef;
  readonly projection: Projection;
  readonly namespace: string;
  /** Quoted, with its database. */
  readonly name: string;
  /** What to read from: `name`, with FINAL where the engine keeps old rows. */
  readonly source: string;
  readonly engine: string;
  readonly columns: readonly Column[];
  readonly keyColumns: readonly Column[];
  readonly key: KeyForm;
  /** Expression of a row's tuple, and of its key's. */
  readonly tuple: string;
  readonly keyTuple: string;
  /** `projection.where` compiled. */
  readonly where: readonly string[];
  /** Columns of the table's own order, as far as they are plain columns. */
  readonly sortingColumns: readonly string[];
  /** Whether the table's engine picks among rows of a key by a column of its own, so that the newest insert may lose. */
  readonly hasVersion: boolean;
}

/** Engines whose parts hold rows that a merge will replace or cancel. */
const FINAL_ENGINES = /(Replacing|Collapsing|Summing|Aggregating|Coalescing)\w*MergeTree$/;

/** @throws COLLECTION_MISSING, or CONFIG_INVALID naming every column that is absent or can't hold its declared type */
export async function openTable(
  connection: Connection,
  namespace: string,
  ref: CollectionRef,
  projection: Projection,
  signal: AbortSignal,
): Promise<Table> {
  const at = `database = ${text(namespace)}`;
  const [tables, held] = await Promise.all([
    connection.query<[string, string, string]>(
      `SELECT engine, sorting_key, engine_full FROM system.tables WHERE ${at} AND name = ${text(ref.name)}`,
      { signal },
    ),
    connection.query<[string, string, string]>(
      `SELECT name, type, default_kind FROM system.columns WHERE ${at} AND table = ${text(ref.name)}`,
      { signal },
    ),
  ]);
  const [row] = tables;
  if (row === undefined) {
    const message = `ClickHouse at ${connection.address} has no table ${namespace}.${ref.name}`;
    throw new DbctlError("COLLECTION_MISSING", message, { store: "clickhouse" });
  }
  const wanted = matchColumns(`${namespace}.${ref.name}`, projection, held);
  const columns = wanted.slice(0, projection.fields.length);
  const [engine, sortingKey, engineFull] = row;
  const keyColumns = columns.slice(0, projection.keyLength);
  const name = `${ident(namespace)}.${ident(ref.name)}`;
  const byName = new Map(wanted.map((column) => [column.field.name, column]));
  return {
    ref,
    projection,
    namespace,
    name,
    source: FINAL_ENGINES.test(engine) ? `${name} FINAL` : name,
    engine,
    columns,
    keyColumns,
    key: keyForm(keyColumns),
    tuple: tupleExpression(columns),
    keyTuple: tupleExpression(keyColumns),
    where: projection.where.flatMap((predicate) => {
      const column = byName.get(predicate.field.name);
      return column === undefined ? [] : [condition(predicate, column)];
    }),
    sortingColumns: sortingKey.split(",").map((part) => part.trim().replace(/^`(.*)`$/, "$1")),
    hasVersion: /^(Replicated|Shared)/.test(engine)
      ? /MergeTree\('[^']*', '[^']*', /.test(engineFull)
      : /MergeTree\([^)]/.test(engineFull),
  };
}

type HeldColumn = readonly [name: string, type: string, defaultKind: string];

/** The projection's columns, and behind them those that only `where` speaks of. */
function matchColumns(table: string, projection: Projection, held: readonly HeldColumn[]): Column[] {
  const faults: string[] = [];
  const columns: Column[] = [];
  for (const field of wantedFields(projection)) {
    const [, type, defaultKind = ""] = held.find(([name]) => name === field.column) ?? [];
    if (type === undefined) {
      faults.push(`${table} has no column ${field.column}`);
      continue;
    }
    const column = { field, type: parseColumnType(type), defaultKind };
    const fault = unfit(field.type, column.type);
    if (fault !== null) faults.push(`${table}.${field.column}: ${fault}`);
    columns.push(column);
  }
  if (faults.length > 0) throw misfit(faults);
  return columns;
}

function wantedFields({ fields, where }: Projection): ProjectedField[] {
  const wanted = [...fields];
  for (const { field } of where) if (!wanted.some(({ name }) => name === field.name)) wanted.push(field);
  return wanted;
}

function misfit(faults: readonly string[]): DbctlError {
  return new DbctlError("CONFIG_INVALID", faults.join("; "), {
    store: "clickhouse",
    hint: "correct the entity's fields, or the table by a migration",
    data: { faults },
  });
}

/** ` WHERE a AND b`, or nothing. */
export function whereClause(conditions: readonly string[]): string {
  return conditions.length === 0 ? "" : ` WHERE ${conditions.map((one) => `(${one})`).join(" AND ")}`;
}
