import type { FieldType } from "../../encoding/types.ts";
import type { ByteSink } from "./byte-sink.ts";
import { lengthAt } from "./cells.ts";
import { type ColumnType, parseColumnType } from "./column-type.ts";
import type { Column } from "./projection.ts";
import { copyByte, copyReversed8, copyUuid, eachFixed, type ValueWriter } from "./value-writer.ts";
import { arrayWriter } from "./write-array.ts";
import { integerWriter } from "./write-integer.ts";
import { enumWriter, fixedTextWriter, stringWriter } from "./write-text.ts";
import { dateWriter, timestampWriter } from "./write-time.ts";

export interface ColumnWriter {
  readonly name: string;
  /** As a block's header names it. */
  readonly type: string;
  /** Whether `refusal` can ever speak. */
  readonly mayRefuse: boolean;
  refusal(bytes: Buffer, at: number): string | null;
  write(sink: ByteSink, bytes: Buffer, at: Int32Array): void;
}

export function columnWriter({ field, type }: Column): ColumnWriter {
  const value = nullableWriter(field.type, type);
  return {
    name: field.column,
    type: blockType(type),
    mayRefuse: value.refusal !== undefined,
    refusal: (bytes, at) => value.refusal?.(bytes, at) ?? null,
    write: (sink, bytes, at) => value.write(sink, bytes, at),
  };
}

/** The type that values are sent as: without LowCardinality, which the server puts on. */
function blockType(type: ColumnType): string {
  const plain = type.element === null ? type.spelling : `Array(${blockType(type.element)})`;
  return type.nullable ? `Nullable(${plain})` : plain;
}

/** With NULL: a map of bytes before the values where the type is Nullable, a refusal where it is not. */
function nullableWriter(type: FieldType, column: ColumnType): ValueWriter {
  const inner = valueWriter(type, column);
  const { refusal } = inner;
  if (!column.nullable) {
    return {
      refusal: (bytes, at) =>
        lengthAt(bytes, at) < 0 ? `NULL in a column of ${column.spelling}` : (refusal?.(bytes, at) ?? null),
      write: inner.write,
    };
  }
  return {
    ...(refusal !== undefined && {
      refusal: (bytes: Buffer, at: number) => (lengthAt(bytes, at) < 0 ? null : refusal(bytes, at)),
    }),
    write(sink, bytes, at) {
      sink.ensure(at.length);
      for (let index = 0; index < at.length; index++) {
        sink.bytes[sink.position++] = lengthAt(bytes, at[index] ?? 0) < 0 ? 1 : 0;
      }
      inner.write(sink, bytes, at);
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
      return { write: (sink, bytes, at) => eachFixed(sink, bytes, at, 1, copyByte) };
    case "uuid":
      return { write: (sink, bytes, at) => eachFixed(sink, bytes, at, 16, copyUuid) };
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
  if (column.base === "Float64") {
    return { write: (sink, bytes, at) => eachFixed(sink, bytes, at, 8, copyReversed8) };
  }
  return {
    refusal(bytes, at) {
      const value = bytes.readDoubleBE(at + 4);
      return Object.is(Math.fround(value), value) ? null : "a float that Float32 does not hold exactly";
    },
    write: (sink, bytes, at) =>
      eachFixed(sink, bytes, at, 4, (target, position, source, start) => {
        target.writeFloatLE(source.readDoubleBE(start), position);
      }),
  };
}
