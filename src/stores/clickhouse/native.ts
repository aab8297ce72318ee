import { ByteSink } from "./byte-sink.ts";
import type { Cells } from "./cells.ts";
import type { ColumnWriter } from "./column-writer.ts";

/**
 * A block of ClickHouse's Native format: columns and rows counted, then for each column its name, its type and its
 * values. https://clickhouse.com/docs/interfaces/formats/Native
 * @param rows which rows of `cells`, in the order to write; none of them is refused by a writer
 */
export function encodeBlock(writers: readonly ColumnWriter[], cells: Cells, rows: Int32Array): Buffer[] {
  const head = new ByteSink(256);
  head.varint(writers.length);
  head.varint(rows.length);
  const parts: Buffer[] = [head.take()];
  const at = new Int32Array(rows.length);
  writers.forEach((writer, field) => {
    for (let index = 0; index < rows.length; index++) {
      at[index] = cells.at[(rows[index] ?? 0) * cells.width + field] ?? 0;
    }
    const sink = new ByteSink(rows.length * 9 + 256);
    sink.text(writer.name);
    sink.text(writer.type);
    writer.write(sink, cells.bytes, at);
    parts.push(sink.take());
  });
  return parts;
}
