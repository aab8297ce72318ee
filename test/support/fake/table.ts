import { sortableKey } from "../../../src/encoding/order.ts";
import type { FieldType } from "../../../src/encoding/types.ts";
import type { Field } from "../../../src/stores/store.ts";

export interface FakeColumn {
  readonly column: string;
  readonly type: FieldType;
  /** NOT NULL. Key columns are, whatever this says. */
  readonly required?: boolean | undefined;
}

/** Fields in the order of the table's columns. */
export type FakeRow = readonly Field[];
/** By sortable key (latin1); several rows of a key only where keys are not unique. Never changed, only replaced. */
export type FakeRows = ReadonlyMap<string, readonly FakeRow[]>;

/** A table of the fake: its first `keyLength` columns are its key. */
export interface FakeTable {
  readonly columns: readonly FakeColumn[];
  readonly keyLength: number;
  rows: FakeRows;
}

/** Text whose order by code unit is the declared order of the keys. */
export function keyText(types: readonly FieldType[], key: readonly Field[]): string {
  return sortableKey(types, key).toString("latin1");
}

/** The sortable key of a row of `table`. */
export function rowKey(table: FakeTable, row: FakeRow): string {
  const columns = table.columns.slice(0, table.keyLength);
  return keyText(
    columns.map(({ type }) => type),
    row.slice(0, table.keyLength),
  );
}

/** What an engine would say of a row that it refuses; null when it takes it. */
export function refusal(table: FakeTable, row: FakeRow): string | null {
  const refused = table.columns.findIndex(
    (column, index) => (column.required === true || index < table.keyLength) && row[index] === null,
  );
  return refused < 0 ? null : `column ${table.columns[refused]?.column} may not be NULL`;
}
