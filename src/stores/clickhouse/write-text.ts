import { lengthAt } from "./cells.ts";
import { type ColumnType, enumValues } from "./column-type.ts";
import { eachFixed, type ValueWriter } from "./value-writer.ts";

/** Any bytes. */
export function stringWriter(): ValueWriter {
  return {
    write(sink, bytes, at) {
      for (let index = 0; index < at.length; index++) {
        const cell = at[index] ?? 0;
        const length = Math.max(0, lengthAt(bytes, cell));
        sink.varint(length);
        sink.copy(bytes, cell + 4, cell + 4 + length);
      }
    },
  };
}

/**
 * FixedString: text is padded with zeros and must not end in one; bytes must be of the very size.
 * @param isWhole for bytes
 */
export function fixedTextWriter(column: ColumnType, isWhole: boolean): ValueWriter {
  const size = Number(column.arguments[0] ?? 1);
  return {
    refusal(bytes, at) {
      const length = lengthAt(bytes, at);
      const fits = isWhole
        ? length === size
        : length <= size && (length === 0 || bytes[at + 3 + length] !== 0);
      return fits ? null : `${length} bytes in a column of ${column.spelling}`;
    },
    write(sink, bytes, at) {
      sink.ensure(at.length * size);
      for (const cell of at) {
        const length = Math.max(0, lengthAt(bytes, cell));
        bytes.copy(sink.bytes, sink.position, cell + 4, cell + 4 + length);
        sink.bytes.fill(0, sink.position + length, sink.position + size);
        sink.position += size;
      }
    },
  };
}

export function enumWriter(column: ColumnType): ValueWriter {
  const values = enumValues(column);
  const size = column.base === "Enum8" ? 1 : 2;
  const nameAt = (bytes: Buffer, at: number) => bytes.toString("utf8", at + 4, at + 4 + lengthAt(bytes, at));
  return {
    refusal(bytes, at) {
      const name = nameAt(bytes, at);
      return values.has(name) ? null : `${JSON.stringify(name)} is not one of ${column.spelling}`;
    },
    write: (sink, bytes, at) =>
      eachFixed(sink, bytes, at, size, (target, position, source, start) => {
        target.writeIntLE(values.get(nameAt(source, start - 4)) ?? 0, position, size);
      }),
  };
}
