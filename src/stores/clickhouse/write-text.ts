import { lengthAt } from "./cells.ts";
import { type ColumnType, enumValues } from "./column-type.ts";
import { eachChecked, fixedWriter, type ValueWriter } from "./value-writer.ts";

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
    check: eachChecked((bytes, start) => {
      const length = lengthAt(bytes, start - 4);
      const fits = isWhole
        ? length === size
        : length <= size && (length === 0 || bytes[start + length - 1] !== 0);
      return fits ? null : `${length} bytes in a column of ${column.spelling}`;
    }),
    write: fixedWriter(size, (target, position, source, start) => {
      const length = lengthAt(source, start - 4);
      source.copy(target, position, start, start + length);
      target.fill(0, position + length, position + size);
    }),
  };
}

export function enumWriter(column: ColumnType): ValueWriter {
  const values = enumValues(column);
  const size = column.base === "Enum8" ? 1 : 2;
  const nameAt = (bytes: Buffer, start: number) =>
    bytes.toString("utf8", start, start + lengthAt(bytes, start - 4));
  return {
    check: eachChecked((bytes, start) => {
      const name = nameAt(bytes, start);
      return values.has(name) ? null : `${JSON.stringify(name)} is not one of ${column.spelling}`;
    }),
    write: fixedWriter(size, (target, position, source, start) => {
      target.writeIntLE(values.get(nameAt(source, start)) ?? 0, position, size);
    }),
  };
}
