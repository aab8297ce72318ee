import type { ByteSink } from "./byte-sink.ts";
import type { Cells } from "./cells.ts";
import type { ColumnWriter } from "./column-writer.ts";
import type { Refuse } from "./value-writer.ts";

/** Puts into `column` where the cells of one field lie, for some rows. */
function gather({ at, width }: Cells, rows: Int32Array, field: number, column: Int32Array): void {
  for (let index = 0; index < rows.length; index++) {
    column[index] = at[(rows[index] ?? 0) * width + field] ?? 0;
  }
}

/** Room that most blocks of these rows fit into. */
export function blockBytes(writers: readonly ColumnWriter[], cells: Cells): number {
  return cells.bytes.length + writers.length * (cells.rows + 64);
}

/**
 * Writes a block of ClickHouse's Native format: columns and rows counted, then for each column its name, its type and
 * its values. https://clickhouse.com/docs/interfaces/formats/Native
 * @param rows which rows of `cells`, in the order to write; none of them is refused by a writer
 */
export function writeBlock(
  sink: ByteSink,
  writers: readonly ColumnWriter[],
  cells: Cells,
  rows: Int32Array,
): void {
  const column = new Int32Array(rows.length);
  sink.varint(writers.length);
  sink.varint(rows.length);
  writers.forEach((writer, field) => {
    sink.text(writer.name);
    sink.text(writer.type);
    gather(cells, rows, field, column);
    writer.write(sink, cells.bytes, column);
  });
}

/** The rows that every column can hold. @param refuse told of the others, each once, in order */
export function acceptedRows(writers: readonly ColumnWriter[], cells: Cells, refuse: Refuse): Int32Array {
  const all = Int32Array.from({ length: cells.rows }, (_, row) => row);
  const column = new Int32Array(cells.rows);
  const refused = new Map<number, string>();
  writers.forEach(({ name, check }, field) => {
    if (check === undefined) return;
    gather(cells, all, field, column);
    check(cells.bytes, column, (row, reason) => {
      if (!refused.has(row)) refused.set(row, `${name}: ${reason}`);
    });
  });
  if (refused.size === 0) return all;
  for (const [row, reason] of [...refused].sort(([a], [b]) => a - b)) refuse(row, reason);
  return all.filter((row) => !refused.has(row));
}
