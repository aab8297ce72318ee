/** The encoding as PostgreSQL itself makes it: written apart from the adapter, to hold it to account. */
import { pipeline } from "node:stream/promises";
import type { Client } from "pg";
import { to as copyTo } from "pg-copy-streams";
import type { FieldType } from "../../src/encoding/types.ts";

/** SQL of the type whose binary form is the canonical bytes of `expression`. */
export function canonicalSql(type: FieldType, expression: string): string {
  switch (type.kind) {
    case "decimal": {
      const unscaled = `((${expression})::numeric(${type.precision},${type.scale}) * 1e${type.scale}::numeric)`;
      return type.precision <= 18 ? `${unscaled}::int8` : int128Sql(unscaled);
    }
    case "float":
      // PostgreSQL keeps the sign of zero and of NaN.
      return `(CASE WHEN (${expression})::float8 = 'NaN' THEN 'NaN' ELSE (${expression})::float8 + 0 END)`;
    case "json":
      return `((${expression})::jsonb)::text`;
    case "array":
      return arraySql(type.of, expression);
    default:
      return `(${expression})::${SIMPLE[type.kind]}`;
  }
}

const SIMPLE = {
  int: "int8",
  bool: "bool",
  text: "text",
  uuid: "uuid",
  timestamp: "timestamptz",
  date: "date",
  bytes: "bytea",
} as const;

/** Two int8 halves: the low one, which is never negative, wraps from 2^63 on. `/` would round, `div` does not. */
function int128Sql(value: string): string {
  const modulus = "18446744073709551616";
  const low = `mod(mod(${value}, ${modulus}) + ${modulus}, ${modulus})`;
  const high = `div(${value} - ${low}, ${modulus})`;
  const wrapped = `CASE WHEN ${low} >= 9223372036854775808 THEN ${low} - ${modulus} ELSE ${low} END`;
  return `int8send(${high}::int8) || int8send((${wrapped})::int8)`;
}

function arraySql(of: FieldType, expression: string): string {
  const send =
    { int: "int8send", decimal: "int8send", timestamp: "timestamptz_send" }[of.kind as "int"] ?? "textsend";
  const bytes = `${send}(${canonicalSql(of, "element")})`;
  const field = `CASE WHEN element IS NULL THEN '\\xffffffff' ELSE int4send(length(${bytes})) || ${bytes} END`;
  const elements = `(SELECT string_agg(${field}, '' ORDER BY place) FROM unnest(${expression}) WITH ORDINALITY AS e(element, place))`;
  return `int4send(cardinality(${expression})) || coalesce(${elements}, '')`;
}

const SIGNATURE_BYTES = 11;

/** The tuples of `COPY (query) TO STDOUT (FORMAT binary)`, back to back, without header and trailer. */
export async function copyBinary(client: Client, query: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  await pipeline(client.query(copyTo(`COPY (${query}) TO STDOUT (FORMAT binary)`)), async (source) => {
    for await (const chunk of source) chunks.push(chunk);
  });
  const all = Buffer.concat(chunks);
  const headerBytes = SIGNATURE_BYTES + 8 + all.readInt32BE(SIGNATURE_BYTES + 4);
  return all.subarray(headerBytes, -2);
}
