import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { VerifyData } from "../../../src/commands/verify-consistency.ts";
import { hasEngine } from "../../support/engines.ts";
import { seededRandom } from "../../support/random.ts";
import { openThings, type Things } from "./things.ts";

const ROWS = 6000;

interface Plant {
  readonly name: string;
  /** What is done to row `id` of the copy (or of the source). */
  readonly sql: (id: number) => readonly string[];
  readonly source?: (id: number) => string;
  /** `kind column…` by key. */
  readonly expected: (id: number) => Readonly<Record<string, string>>;
}

const regionOf = (id: number) => `r${String(Math.floor(id / 1000)).padStart(3, "0")}`;
const keyOf = (id: number) => `${regionOf(id)}/${id}`;

function changed(name: string, column: string, expression: string, source?: (id: number) => string): Plant {
  const sql = (id: number) => [`ALTER TABLE things UPDATE ${column} = ${expression} WHERE id = ${id}`];
  return { name, sql, ...(source && { source }), expected: (id) => ({ [keyOf(id)]: `different ${column}` }) };
}

const insert = (columns: string, where: string) =>
  `INSERT INTO things SELECT ${columns} FROM (SELECT * FROM things WHERE ${where})`;

const PLANTS: readonly Plant[] = [
  changed("NULL against empty", "note", "if(note IS NULL, '', NULL)"),
  changed("a trailing space", "note", "concat(ifNull(note, ''), ' ')"),
  changed("another accent", "note", "concat(ifNull(note, ''), 'e\u0301')"),
  changed(
    "0.1 + 0.2 against 0.3",
    "ratio",
    "0.1 + 0.2",
    (id) => `UPDATE things SET ratio = 0.3 WHERE id = ${id}`,
  ),
  changed("a microsecond", "at", "at + INTERVAL 1 MICROSECOND"),
  changed("the last digit", "amount", "amount + toDecimal64('0.0001', 4)"),
  changed("a day", "day", "addDays(day, 1)"),
  changed("a flag", "flag", "NOT flag"),
  changed("a digit of a UUID", "uid", "'00000000-0000-4000-8000-000000000000'"),
  changed("order within a list", "tags", "arrayReverse(tags)"),
  changed("a value within JSON", "doc", "replaceOne(doc, '.50', '.51')"),
  changed("JSON spelled in another way than canonical", "doc", "replaceOne(doc, ': ', ':')"),
  {
    name: "values swapped between columns",
    sql: (id) => [
      `ALTER TABLE things UPDATE note = doc, doc = concat('"', ifNull(note, ''), '"') WHERE id = ${id}`,
    ],
    expected: (id) => ({ [keyOf(id)]: "different note doc" }),
  },
  {
    name: "a missing row",
    sql: (id) => [`DELETE FROM things WHERE id = ${id}`],
    expected: (id) => ({ [keyOf(id)]: "missing" }),
  },
  {
    name: "an extra row",
    sql: (id) => [insert(`region, -id AS id, * EXCEPT (region, id)`, `id = ${id}`)],
    expected: (id) => ({ [`${regionOf(id)}/${-id}`]: "extra" }),
  },
  {
    name: "a row twice",
    sql: (id) => [insert("*", `id = ${id}`)],
    expected: (id) => ({ [keyOf(id)]: "duplicate" }),
  },
  {
    name: "a key in another case",
    sql: (id) => [
      insert("upper(region) AS region, * EXCEPT region", `id = ${id}`),
      `DELETE FROM things WHERE id = ${id} AND region = '${regionOf(id)}'`,
    ],
    expected: (id) => ({ [keyOf(id)]: "missing", [keyOf(id).toUpperCase()]: "extra" }),
  },
];

function found({ entities }: VerifyData): Record<string, string> {
  const differences = entities.flatMap(({ copies }) => copies.flatMap((copy) => copy.differences));
  return Object.fromEntries(
    differences.map(({ kind, key, columns }) => [
      `${key.region}/${key.id}`,
      [kind, ...(kind === "different" ? columns.map(({ field }) => field) : [])].join(" "),
    ]),
  );
}

describe.skipIf(!hasEngine("postgres") || !hasEngine("clickhouse"))("PostgreSQL against ClickHouse", () => {
  let things: Things;
  let root: string | null;

  beforeAll(async () => {
    things = await openThings("planted");
    await things.fill(1, ROWS);
    await things.sync();
    const { data, exitStatus } = await things.verify();
    expect([exitStatus, data.state]).toEqual([0, "equal"]);
    expect(data.entities[0]?.copies[0]?.counts).toMatchObject({
      sourceRows: ROWS,
      copyRows: ROWS,
      equal: ROWS,
    });
    root = data.root;
  });

  afterAll(() => things?.[Symbol.asyncDispose]());

  test.each(PLANTS)(
    "$name: found, and nothing else; a repair ends equal",
    async ({ sql, source, expected }) => {
      const { project } = things;
      const id = 2 + 5 * seededRandom(sql(1).join().length).integer(1, ROWS / 5 - 2);
      if (source !== undefined) {
        await project.postgres(source(id));
        await things.sync();
      }
      for (const statement of sql(id)) await project.clickhouse(statement);
      const { exitStatus, data } = await things.verify();
      expect(found(data)).toEqual(expected(id));
      expect(exitStatus).toBe(6);
      const repaired = await things.verify({ repair: true, deleteExtra: true });
      expect([repaired.exitStatus, repaired.data.state]).toEqual([0, "equal"]);
      if (source === undefined) expect(repaired.data.root).toBe(root);
      else root = repaired.data.root;
    },
  );

  test("a number's spelling within JSON is counted apart, and is no difference", async () => {
    await things.project.clickhouse(
      "ALTER TABLE things UPDATE doc = replaceOne(doc, '.50', '.500') WHERE id = 77",
    );
    const { exitStatus, data } = await things.verify();
    expect(exitStatus).toBe(0);
    expect(data.entities[0]?.copies[0]?.counts).toMatchObject({ spelling: 1, different: 0, equal: ROWS - 1 });
    await things.project.clickhouse(
      "ALTER TABLE things UPDATE doc = replaceOne(doc, '.500', '.50') WHERE id = 77",
    );
  });

  test.each([1, 2])("all of them at once, at random rows, round %i", async (round) => {
    const random = seededRandom(round);
    const expected: Record<string, string> = {};
    const taken = new Set<number>();
    for (const plant of PLANTS.filter(({ source }) => source === undefined)) {
      let id = 0;
      do id = 2 + 5 * random.integer(1, ROWS / 5 - 2);
      while (taken.has(id));
      taken.add(id);
      for (const statement of plant.sql(id)) await things.project.clickhouse(statement);
      Object.assign(expected, plant.expected(id));
    }
    const { data } = await things.verify();
    expect(found(data)).toEqual(expected);
    const { copies = [] } = data.entities[0] ?? {};
    expect(copies[0]?.counts?.equal).toBe(
      ROWS - Object.values(expected).filter((kind) => kind !== "extra").length,
    );
    const dry = await things.verify({ repair: true, deleteExtra: true, dryRun: true });
    expect(dry.exitStatus).toBe(6);
    const repaired = await things.verify({ repair: true, deleteExtra: true });
    expect(repaired.data).toMatchObject({ state: "equal", root });
  });
});
