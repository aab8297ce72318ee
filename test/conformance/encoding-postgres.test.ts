import fc from "fast-check";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canonicalJson } from "../../src/encoding/json.ts";
import { compareKeys, sortableKey } from "../../src/encoding/order.ts";
import { tupleFields, tuples } from "../../src/encoding/tuple.ts";
import { type FieldType, t, typeName } from "../../src/encoding/types.ts";
import { encodeRow, encodeValue, formatField } from "../../src/encoding/value.ts";
import type { Field } from "../../src/stores/store.ts";
import { engineUrl, hasEngine } from "../support/engines.ts";
import { anyValueOf, jsonSource } from "./arbitraries.ts";
import { canonicalSql, copyBinary } from "./postgres-bytes.ts";
import { VECTORS } from "./vectors.ts";

const hex = (field: Field) => (field === null ? null : Buffer.from(field).toString("hex"));

describe.skipIf(!hasEngine("postgres"))("the encoding is PostgreSQL's own", () => {
  let client: Client;
  beforeAll(async () => {
    client = new Client({ connectionString: engineUrl("postgres") });
    await client.connect();
    // Neither zone nor date style may show in the bytes.
    await client.query("SET timezone = 'Asia/Kolkata'; SET datestyle = 'German'; SET extra_float_digits = 0");
  });
  afterAll(() => client.end());

  it("COPY's binary bytes are those of every vector, a row being a tuple", async () => {
    const columns = VECTORS.map(({ type, postgres }) => canonicalSql(type, postgres));
    const row = await copyBinary(client, `SELECT ${columns.join(", ")}`);
    const fields = tupleFields(row);
    expect(fields).toHaveLength(VECTORS.length);
    VECTORS.forEach(({ type, label, hex: expected }, index) => {
      expect(hex(fields[index] ?? null), `${typeName(type)}: ${label}`).toBe(expected);
    });
    const named = VECTORS.map(({ type }, index) => ({ name: `f${index}`, type }));
    const values = Object.fromEntries(VECTORS.map(({ value }, index) => [`f${index}`, value]));
    expect(Buffer.compare(encodeRow(named, values), row)).toBe(0);
  });

  it("random JSON has the text of jsonb", async () => {
    const sources = fc.sample(jsonSource, { numRuns: 4000, seed: 7 });
    const { rows } = await client.query({
      text: "SELECT (source::jsonb)::text FROM unnest($1::text[]) WITH ORDINALITY AS s(source, place) ORDER BY place",
      values: [sources],
      rowMode: "array",
    });
    expect(rows.length).toBe(sources.length);
    sources.forEach((source, index) => {
      expect(canonicalJson(source), source).toBe(rows[index]?.[0]);
    });
  });

  it("random floats have the bytes of float8", async () => {
    const values = fc.sample(anyValueOf(t.float()), { numRuns: 2000, seed: 5 });
    const expected = values.map((value) => encodeValue(t.float(), value));
    const texts = expected.map((field) => formatField(t.float(), field));
    await client.query("CREATE TEMP TABLE floats AS SELECT * FROM unnest($1::text[]) WITH ORDINALITY", [
      texts,
    ]);
    const query = `SELECT ${canonicalSql(t.float(), "unnest::float8")} FROM floats ORDER BY ordinality`;
    const batch = { rows: values.length, bytes: await copyBinary(client, query) };
    const actual = [...tuples(batch)].map((tuple) => hex(tupleFields(tuple)[0] ?? null));
    expect(actual).toEqual(expected.map(hex));
  });

  it("JSON that jsonb refuses is refused", async () => {
    const refused = [
      "1e131072",
      "1e-16384",
      "0e-16384",
      "0e2000000000",
      '"\\u0000"',
      '"\\ud800"',
      '"\\udc00x"',
    ];
    for (const source of [
      ...refused,
      "{",
      "01",
      "1.",
      ".5",
      "nul",
      "[1,]",
      '"\t"',
      "",
      "NaN",
      "'a'",
      "1 2",
    ]) {
      await expect(client.query("SELECT $1::text::jsonb", [source]), source).rejects.toThrow();
      expect(() => canonicalJson(source), source).toThrow(
        expect.objectContaining({ code: "VALUE_UNREPRESENTABLE" }),
      );
    }
  });

  const sorted: readonly FieldType[] = [
    t.int(),
    t.decimal(18, 4),
    t.decimal(38, 10),
    t.bool(),
    t.text(),
    t.uuid(),
    t.timestamp(),
    t.date(),
    t.bytes(),
  ];

  it.each(sorted.map((type) => [typeName(type), type] as const))(
    "%s: same values, same order",
    async (_, type) => {
      const values = fc.sample(anyValueOf(type), { numRuns: 500, seed: 11 });
      const fields = values.map((value) => encodeValue(type, value));
      const texts = fields.map((field) => postgresText(type, field));
      const collate = type.kind === "text" ? ' COLLATE "C"' : "";
      const typed = `source::${postgresType(type)}`;
      await client.query("CREATE TEMP TABLE IF NOT EXISTS sources (source text)");
      await client.query("TRUNCATE sources");
      await client.query("INSERT INTO sources SELECT unnest($1::text[])", [texts]);
      const query = `SELECT ${canonicalSql(type, typed)} FROM sources ORDER BY (${typed})${collate}`;
      const bytes = await copyBinary(client, query);
      const actual = [...tuples({ rows: values.length, bytes })].map((tuple) =>
        hex(tupleFields(tuple)[0] ?? null),
      );
      const expected = fields.toSorted((a, b) => compareKeys([type], [a], [b])).map(hex);
      expect(actual).toEqual(expected);
      const bySortable = fields.toSorted((a, b) =>
        Buffer.compare(sortableKey([type], [a]), sortableKey([type], [b])),
      );
      expect(bySortable.map(hex)).toEqual(expected);
    },
  );
});

function postgresType(type: FieldType): string {
  if (type.kind === "decimal") return `numeric(${type.precision},${type.scale})`;
  return { int: "int8", timestamp: "timestamptz", bytes: "bytea" }[type.kind as "int"] ?? type.kind;
}

/** How PostgreSQL reads what `formatField` writes: years before 1 are BC, and it knows no sign. */
function postgresText(type: FieldType, field: Field): string {
  const text = formatField(type, field);
  if (type.kind !== "timestamp" && type.kind !== "date") return text;
  const early = /^(?:-(\d+)|(0000))(-.*)$/.exec(text);
  if (early === null) return text.replace(/^\+/, "");
  return `${String(Number(early[1] ?? 0) + 1).padStart(4, "0")}${early[3]} BC`;
}
