/** JavaScript values to fields and rows in canonical bytes. */
import { DbctlError } from "../errors.ts";
import type { Field } from "../stores/store.ts";
import { Sink } from "./sink.ts";
import type { FieldType } from "./types.ts";
import { type WriteField, writerOf } from "./write.ts";

interface TypedField {
  readonly name: string;
  readonly type: FieldType;
}

const LENGTH_BYTES = 4;
/** One for all: nothing here waits between `begin` and `take`. */
const sink = new Sink();
const writers = new WeakMap<FieldType, WriteField>();
const encoders = new WeakMap<readonly TypedField[], (row: Readonly<Record<string, unknown>>) => Uint8Array>();

function cachedWriter(type: FieldType): WriteField {
  const known = writers.get(type);
  if (known !== undefined) return known;
  const writer = writerOf(type);
  writers.set(type, writer);
  return writer;
}

/**
 * A value in its canonical bytes; null and undefined are NULL. Takes number, bigint and string for int, decimal, float;
 * Date, ISO 8601 text (UTC where it names no zone) and bigint µs since 1970 for timestamp; `YYYY-MM-DD` for date;
 * Uint8Array or `\x…` for bytes; for json any JSON-able value, of which a string is a JSON string and `JsonText` raw
 * JSON. @throws VALUE_UNREPRESENTABLE for what the type can't hold exactly (decimals are rounded half away from zero)
 */
export function encodeValue(type: FieldType, value: unknown): Field {
  if (value === null || value === undefined) return null;
  sink.begin();
  cachedWriter(type)(sink, value);
  return sink.take().subarray(LENGTH_BYTES);
}

/**
 * An encoder of rows to tuples, fields in the order given, values as for `encodeValue`. A tuple is a view of memory
 * that is never written again; copy the few that are kept for long. @throws VALUE_UNREPRESENTABLE naming the field
 */
export function compileEncoder(
  fields: readonly TypedField[],
): (row: Readonly<Record<string, unknown>>) => Uint8Array {
  const names = fields.map(({ name }) => name);
  const write = fields.map(({ type }) => cachedWriter(type));
  return (row) => {
    sink.begin();
    sink.ensure(2);
    sink.view.setInt16(sink.position, names.length);
    sink.position += 2;
    for (let index = 0; index < write.length; index++) {
      const name = names[index] as string;
      try {
        (write[index] as WriteField)(sink, row[name]);
      } catch (error) {
        throw nameField(error, name);
      }
    }
    return sink.take();
  };
}

function nameField(error: unknown, name: string): unknown {
  if (!(error instanceof DbctlError) || error.code !== "VALUE_UNREPRESENTABLE") return error;
  return new DbctlError(error.code, `field ${name}: ${error.message}`, {
    cause: error.cause,
    data: { field: name },
  });
}

/** A row as a tuple. Encoders are kept by the identity of `fields`: pass the same list for every row. */
export function encodeRow(fields: readonly TypedField[], row: Readonly<Record<string, unknown>>): Uint8Array {
  let encode = encoders.get(fields);
  if (encode === undefined) {
    encode = compileEncoder(fields);
    encoders.set(fields, encode);
  }
  return encode(row);
}
