/** Canonical tuples as the binary form of the columns that take them. */
import type { FieldType } from "../../encoding/types.ts";
import type { RowBatch } from "../store.ts";
import { numericModifier } from "./cast.ts";
import {
  arrayBytes,
  decimalAsInteger,
  type FieldCodec,
  floatAsInteger,
  keptSpaces,
  narrowFloat,
  narrowInteger,
  numeric,
  withPrefix,
} from "./codec.ts";
import { Output } from "./output.ts";
import type { BoundField } from "./projection.ts";
import type { BaseType, Column } from "./table.ts";

/** Null: the bytes are the same. */
function codecOf(type: FieldType, column: BaseType): FieldCodec | null {
  const name = column.name ?? "";
  switch (type.kind) {
    case "int":
      return numberCodec(column, 0);
    case "decimal":
      return numberCodec(column, type.scale);
    case "text":
      if (name === "bpchar") return keptSpaces(0);
      return name === "varchar" && column.modifier >= 4 ? keptSpaces(column.modifier - 4) : null;
    case "float":
      if (name === "float4") return narrowFloat;
      return name === "int2" || name === "int4" ? floatAsInteger(name) : null;
    case "json":
      return name === "jsonb" ? withPrefix(Buffer.of(1)) : null;
    default:
      return null;
  }
}

/** int and decimal. @param scale 0 for an int */
function numberCodec(column: BaseType, scale: number): FieldCodec | null {
  const name = column.name ?? "";
  if (name === "numeric") return numeric(scale, numericModifier(column)?.scale ?? null);
  if (name === "int8" && scale === 0) return null;
  if (name === "int2" || name === "int4" || name === "oid") {
    return scale === 0 ? narrowInteger(name) : decimalAsInteger(name, scale);
  }
  return name === "int8" ? decimalAsInteger(name, scale) : null;
}

function columnCodec(type: FieldType, column: Column): FieldCodec | null {
  if (type.kind !== "array" || column.element === null) return codecOf(type, column.type);
  return arrayBytes(codecOf(type.of, column.element), column.element.oid);
}

/** A row that no column of these types can hold. */
export interface Refusal {
  /** Of the row in its batch, from 0. */
  readonly row: number;
  readonly reason: string;
}

export interface Transcoded {
  /** Tuples for COPY, without header and trailer. */
  readonly bytes: Uint8Array;
  readonly rows: number;
  readonly refusals: readonly Refusal[];
}

const COUNT_BYTES = 2;
const LENGTH_BYTES = 4;

/** Rewrites batches of one projection. Where every column takes the bytes as they are a batch is its own result. */
export class Transcoder {
  /** For each field its codec, null to pass it on, undefined to leave it out. */
  readonly #codecs: readonly (FieldCodec | null | undefined)[];
  readonly #names: readonly string[];
  readonly #width: number;
  readonly #isIdentity: boolean;

  /** @param written which fields the COPY takes; the others are left out */
  constructor(fields: readonly BoundField[], written: ReadonlySet<BoundField>) {
    this.#codecs = fields.map((bound) =>
      written.has(bound) ? columnCodec(bound.field.type, bound.column) : undefined,
    );
    this.#names = fields.map(({ column }) => column.name);
    this.#width = written.size;
    this.#isIdentity = this.#codecs.every((codec) => codec === null);
  }

  batch(batch: RowBatch): Transcoded {
    if (this.#isIdentity) return { bytes: batch.bytes, rows: batch.rows, refusals: [] };
    const source = Buffer.from(batch.bytes.buffer, batch.bytes.byteOffset, batch.bytes.byteLength);
    const output = new Output(source.length + (source.length >> 2));
    const refusals: Refusal[] = [];
    let offset = 0;
    let row = 0;
    for (; offset < source.length; row++) {
      const start = output.used;
      const reason = this.#tuple(source, offset, output);
      if (reason !== null) {
        output.used = start;
        refusals.push({ row, reason });
      }
      offset = this.#end;
    }
    return { bytes: output.bytes(), rows: row - refusals.length, refusals };
  }

  /** Where the last tuple ended. */
  #end = 0;

  /** Writes one tuple; fields that stay as they are are copied together. Returns why it can't be held, or null. */
  #tuple(source: Buffer, offset: number, output: Output): string | null {
    output.int16(this.#width);
    let reason: string | null = null;
    let position = offset + COUNT_BYTES;
    let copyFrom = position;
    for (let index = 0; index < this.#codecs.length; index++) {
      const codec = this.#codecs[index];
      const length = source.readInt32BE(position);
      const from = position + LENGTH_BYTES;
      const end = length > 0 ? from + length : from;
      if (codec !== null && (codec === undefined || length >= 0)) {
        output.copy(source, copyFrom, position);
        copyFrom = end;
        if (codec !== undefined) reason ??= this.#field(codec, source, from, end, output, index);
      }
      position = end;
    }
    output.copy(source, copyFrom, position);
    this.#end = position;
    return reason;
  }

  #field(
    codec: FieldCodec,
    source: Buffer,
    from: number,
    to: number,
    output: Output,
    index: number,
  ): string | null {
    const prefix = output.used;
    output.reserve(LENGTH_BYTES);
    output.used += LENGTH_BYTES;
    const reason = codec(source, from, to, output);
    output.buffer.writeInt32BE(output.used - prefix - LENGTH_BYTES, prefix);
    return reason === null ? null : `column ${this.#names[index]}: ${reason}`;
  }
}
