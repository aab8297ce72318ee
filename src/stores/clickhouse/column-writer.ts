import type { FieldType } from "../../encoding/types.ts";
import type { ByteSink } from "./byte-sink.ts";
import { type ColumnType, parseColumnType } from "./column-type.ts";
import type { Column } from "./projection.ts";
import {
  copyByte,
  copyReversed8,
  copyUuid,
  eachChecked,
  fixedWriter,
  isNull,
  type Refuse,
  type ValueWriter,
} from "./value-writer.ts";
import { arrayWriter } from "./write-array.ts";
import { integerWriter } from "./write-integer.ts";
import { enumWriter, fixedTextWriter, stringWriter } from "./write-text.ts";
import { dateWriter, timestampWriter } from "./write-time.ts";

/** A column of a block. */
export interface ColumnWriter {
  readonly name: string;
  /** As a block's header names it. */
  readonly type: string;
  /** Refuses the cells that the column can't hold exactly. Left out where there are none. */
  readonly check: ((bytes: Buffer, at: Int32Array, refuse: Refuse) => void) | undefined;
  write(sink: ByteSink, bytes: Buffer, at: Int32Array): void;
}

export function columnWriter({ field, type }: Column): ColumnWriter {
  const { check, write } = nullableWriter(field.type, type);
  return { name: field.column, type: blockType(type), check, write };
}

/** The type that values are sent as: without LowCardinality, which the server puts on. */
function blockType(type: ColumnType): string {
  const plain = type.element === null ? type.spelling : `Array(${blockType(type.element)})`;
  return type.nullable ? `Nullable(${plain})` : plain;
}

/** With NULL: a map of bytes before the values where the type is Nullable, a refusal where it is not. */
function nullableWriter(type: FieldType, column: ColumnType): ValueWriter {
  const { check, write } = valueWriter(type, column);
  if (!column.nullable) {
    const reason = `NULL in a column of ${column.spelling}`;
    return {
      check(bytes, at, refuse) {
        for (let index = 0; index < at.length; index++) {
          if (isNull(bytes, at[index] ?? 0)) refuse(index, reason);
        }
        check?.(bytes, at, refuse);
      },
      write,
    };
  }
  return {
    check,
    write(sink, bytes, at) {
      sink.ensure(at.length);
      for (let index = 0; index < at.length; index++) {
        sink.bytes[sink.position++] = isNull(bytes, at[index] ?? 0) ? 1 : 0;
      }
      write(sink, bytes, at);
    },
  };
}

function valueWriter(type: FieldType, column: ColumnType): ValueWriter {
  switch (type.kind) {
    case "int":
      return integerWriter(column, 0, 18);
    case "decimal":
      return integerWriter(column, type.scale, type.precision);
    case "float":
      return floatWriter(column);
    case "bool":
      return { write: fixedWriter(1, copyByte) };
    case "uuid":
      return { write: fixedWriter(16, copyUuid) };
    case "timestamp":
      return timestampWriter(column);
    case "date":
      return dateWriter(column);
    case "text":
    case "bytes":
    case "json":
      if (column.base === "FixedString") return fixedTextWriter(column, type.kind === "bytes");
      return column.base === "String" ? stringWriter() : enumWriter(column);
    case "array":
      return arrayWriter(nullableWriter(type.of, column.element ?? parseColumnType("String")));
  }
}

function floatWriter(column: ColumnType): ValueWriter {
  if (column.base === "Float64") return { write: fixedWriter(8, copyReversed8) };
  return {
    check: eachChecked((bytes, start) => {
      const value = bytes.readDoubleBE(start);
      return Object.is(Math.fround(value), value) ? null : `${value} is no Float32`;
    }),
    write: fixedWriter(4, (target, position, source, start) => {
      target.writeFloatLE(source.readDoubleBE(start), position);
    }),
  };
}
