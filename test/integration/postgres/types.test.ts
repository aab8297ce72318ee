import { describe, expect, it } from "vitest";
import { type FieldType, t, typeName } from "../../../src/encoding/types.ts";
import { encodeValue, JsonText } from "../../../src/encoding/value.ts";
import { VECTORS } from "../../conformance/vectors.ts";
import { hasEngine } from "../../support/engines.ts";
import { batches, collectionOf, encode, failure, hexRows, Kit, reading } from "./kit.ts";

describe.skipIf(!hasEngine("postgres"))("columns of PostgreSQL", () => {
  const kit = new Kit("types");
  const store = kit.ready();
  let count = 0;

  /** A table with an id and one column. */
  async function table(sqlType: string, ...values: readonly string[]): Promise<string> {
    await store;
    const name = `t${++count}`;
    await kit.sql(
      `CREATE TABLE ${name} (id int PRIMARY KEY, v ${sqlType});` +
        values.map((value, id) => `INSERT INTO ${name} VALUES (${id}, ${value});`).join(""),
    );
    return name;
  }

  const read = async (name: string, type: FieldType) => {
    const { ordered } = await collectionOf(await store, name, { id: t.int(), v: type });
    return ordered === undefined ? [] : hexRows(ordered.scan({ from: null, to: null }, reading));
  };
  const row = (id: number, type: FieldType, value: unknown) => {
    const [idBytes, bytes] = [encodeValue(t.int(), id), encodeValue(type, value)];
    const part = (field: Uint8Array | null) => {
      const length = Buffer.alloc(4);
      length.writeInt32BE(field?.length ?? -1);
      return Buffer.concat([length, field ?? Buffer.alloc(0)]);
    };
    return Buffer.concat([Buffer.from([0, 2]), part(idBytes), part(bytes)]).toString("hex");
  };

  const readable: readonly (readonly [sqlType: string, type: FieldType, sql: string, value: unknown])[] = [
    ["int2", t.int(), "-32768", -32768],
    ["int4", t.int(), "2147483647", 2147483647],
    ["numeric(18,0)", t.int(), "999999999999999999", 999999999999999999n],
    ["oid", t.int(), "4294967295", 4294967295],
    ["int4", t.decimal(14, 4), "-7", "-7.0000"],
    ["numeric(10,2)", t.decimal(18, 4), "12345678.91", "12345678.9100"],
    ["numeric", t.decimal(18, 4), "1.00005", "1.0001"],
    ["numeric", t.decimal(18, 4), "-1.00005", "-1.0001"],
    [
      "numeric(38,10)",
      t.decimal(38, 10),
      "-1234567890123456789012345678.0123456789",
      "-1234567890123456789012345678.0123456789",
    ],
    ["numeric(38,0)", t.decimal(38, 0), "-18446744073709551616", "-18446744073709551616"],
    ["float4", t.float(), "'0.1'", Math.fround(0.1)],
    ["float4", t.float(), "'-0'", 0],
    ["float8", t.float(), "'-NaN'::text::float8", Number.NaN],
    ["int4", t.float(), "7", 7],
    ["varchar(5)", t.text(), "'abc'", "abc"],
    ["char(5)", t.text(), "'ab'", "ab"],
    ["name", t.text(), "'Ñame'", "Ñame"],
    ["xml", t.text(), "'<a/>'", "<a/>"],
    ["timestamp", t.timestamp(), "'2024-02-29 12:34:56.789012'", "2024-02-29T12:34:56.789012Z"],
    ["timestamptz", t.timestamp(), "'2024-02-29 12:34:56.789012+02'", "2024-02-29T10:34:56.789012Z"],
    ["json", t.json(), `'{"b":1, "a":  [1.50]}'`, new JsonText('{"a": [1.50], "b": 1}')],
    ["text", t.json(), `'{"b":1,"a":2}'`, { a: 2, b: 1 }],
    ["int2[]", t.array(t.int()), "'{1,NULL,-3}'", [1, null, -3]],
    ["int4[]", t.array(t.int()), "'[5:6]={1,2}'", [1, 2]],
    ["numeric(10,2)[]", t.array(t.decimal(18, 4)), "'{1.5}'", ["1.5"]],
    ["jsonb[]", t.array(t.json()), `ARRAY['{"a": 1}'::jsonb]`, [{ a: 1 }]],
    ["varchar(3)[]", t.array(t.text()), "'{}'", []],
  ];

  it.each(readable.map((entry) => [`${entry[0]} ${entry[2]} as ${typeName(entry[1])}`, entry] as const))(
    "%s",
    async (_label, [sqlType, type, sql, value]) => {
      const name = await table(sqlType, sql);
      expect(await read(name, type)).toEqual([row(0, type, value)]);
    },
  );

  it("types of one's own: domains, enums, citext, arrays of them", async () => {
    await store;
    await kit.sql(`
      CREATE EXTENSION IF NOT EXISTS citext;
      CREATE DOMAIN money2 AS numeric(10,2) CHECK (VALUE >= 0);
      CREATE DOMAIN price AS money2;
      CREATE TYPE mood AS ENUM ('sad', 'happy');
      CREATE TABLE own (id int PRIMARY KEY, p price, m mood, c citext, ps price[], ms mood[]);
      INSERT INTO own VALUES (1, 1.5, 'happy', 'ÄbC', '{1.25,2}', '{sad,NULL}')`);
    const types = {
      id: t.int(),
      p: t.decimal(12, 2),
      m: t.text(),
      c: t.text(),
      ps: t.array(t.decimal(18, 4)),
      ms: t.array(t.text()),
    };
    const own = await collectionOf(await store, "own", types);
    const rows = encode(own, [
      { id: 1, p: "1.5", m: "happy", c: "ÄbC", ps: ["1.25", "2"], ms: ["sad", null] },
    ]);
    expect(await hexRows(own.scan(reading))).toEqual(rows.map((tuple) => Buffer.from(tuple).toString("hex")));
    const other = encode(own, [{ id: 2, p: "0", m: "sad", c: "x", ps: [], ms: null }]);
    for (const mode of ["insert", "upsert"] as const) {
      await own.load(batches([...(mode === "upsert" ? rows : other)]), { signal: reading.signal, mode });
    }
    expect(await own.count(reading)).toBe(2);
    expect(await own.lookup([[encodeValue(t.int(), 2)]], reading)).toEqual([
      other.map((tuple) => Buffer.from(tuple)),
    ]);
  });

  it("refuses what can't be read without loss, all at once", async () => {
    await store;
    await kit.sql(
      "CREATE TABLE unfit (id int PRIMARY KEY, a numeric, b numeric(20,6), c float8, d int8, e text, f timestamptz, g int[], h uuid, i date)",
    );
    const types = {
      id: t.int(),
      a: t.int(),
      b: t.decimal(18, 4),
      c: t.decimal(18, 4),
      d: t.float(),
      e: t.uuid(),
      f: t.date(),
      g: t.int(),
      h: t.text(),
      i: t.timestamp(),
      j: t.text(),
    };
    const error = await failure(collectionOf(await store, "unfit", types));
    expect(error).toMatchObject({ code: "CONFIG_INVALID", store: "postgres" });
    for (const column of "abcdefghij") expect(error.message).toMatch(new RegExp(`column ${column} `));
    expect(error.message).not.toMatch(/column id /);
  });

  it.each([
    ["numeric", "'NaN'", t.decimal(18, 4)],
    ["numeric", "1e30", t.decimal(18, 4)],
    ["int4[]", "'{{1,2},{3,4}}'", t.array(t.int())],
    ["text", "'no json'", t.json()],
  ])("a value of %s %s that its declared type can't hold is named", async (sqlType, sql, type) => {
    const name = await table(sqlType, sql);
    const error = await failure(read(name, type));
    expect(error).toMatchObject({ code: "VALUE_UNREPRESENTABLE", store: "postgres" });
    if (sqlType === "int4[]") expect(error.message).toBe("column v holds an array of several dimensions");
  });

  it("every vector of the encoding is read and written as its bytes", async () => {
    await store;
    const columns: Readonly<Record<string, string>> = {
      int: "int8",
      float: "float8",
      bool: "bool",
      text: "text",
      uuid: "uuid",
      timestamp: "timestamptz",
      date: "date",
      bytes: "bytea",
      json: "jsonb",
    };
    const sqlOf = (type: FieldType): string =>
      type.kind === "array"
        ? `${sqlOf(type.of)}[]`
        : type.kind === "decimal"
          ? `numeric(${type.precision},${type.scale})`
          : (columns[type.kind] ?? "");
    for (const [type, vectors] of Map.groupBy(VECTORS, (vector) => typeName(vector.type))) {
      const declared = vectors[0]?.type ?? t.int();
      const name = await table(sqlOf(declared), ...vectors.map(({ postgres }) => postgres));
      const expected = vectors.map(({ value }, id) => row(id, declared, value));
      expect(await read(name, declared), type).toEqual(expected);
      const copy = await collectionOf(await store, await table(sqlOf(declared)), {
        id: t.int(),
        v: declared,
      });
      const tuples = expected.map((text) => Buffer.from(text, "hex"));
      for (const mode of ["insert", "upsert"] as const) {
        const report = await copy.load(batches(tuples), { signal: reading.signal, mode });
        expect(report, type).toEqual({ rows: tuples.length, rejected: [], rejectedCount: 0 });
        expect((await hexRows(copy.scan(reading))).sort(), `${type} ${mode}`).toEqual([...expected].sort());
      }
    }
  });
});
