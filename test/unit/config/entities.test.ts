import { describe, expect, test } from "vitest";
import { checkEntities } from "../../../src/config/entities.ts";
import { clickhouse, type Entity, entity, type Place, postgres } from "../../../src/config/entity.ts";
import { t } from "../../../src/encoding/types.ts";

const fields = {
  id: t.uuid(),
  name: t.text(),
  cost: t.decimal(18, 4),
  tokens: t.int(),
  score: t.float(),
  active: t.bool(),
  config: t.json(),
  tags: t.array(t.text()),
  finishedAt: t.timestamp(),
  day: t.date(),
  blob: t.bytes(),
};

/** An entity with one thing about it changed. */
function users(changes: Partial<Entity> = {}): Entity {
  return entity("users", { key: ["id"], fields, source: postgres("users"), ...changes });
}

async function check(...entities: unknown[]): Promise<string[]> {
  const faults: string[] = [];
  await checkEntities(entities, ({ path, message, suggestion }) => {
    faults.push(`${path}: ${message}${suggestion === undefined ? "" : ` (${suggestion})`}`);
  });
  return faults;
}

const copy = (options: Place["options"]) => users({ copies: [clickhouse("users_copy", options)] });

test("a sound entity is taken as it is", async () => {
  const sound = users({
    copies: [
      clickhouse("users"),
      clickhouse("users_archive", {
        role: "archive",
        fields: ["name", "finishedAt"],
        columns: { name: "full_name" },
        where: {
          finishedAt: { not: null },
          active: true,
          tokens: { gte: 5, lt: 10n },
          day: { lt: "now-30d" },
        },
        sourceRetention: "30d",
      }),
    ],
  });
  expect(await check(sound)).toEqual([]);
  expect(await checkEntities([sound], async () => {})).toEqual([sound]);
});

describe("names, keys and types", () => {
  test.each<[string, unknown, string]>([
    ["two entities of one name", [users(), users()], 'entities.users: there are two entities called "users"'],
    ["no name", [users({ name: "" })], "entities.0.name: is empty"],
    ["no key", [users({ key: [] })], "entities.users.key: names no field: a key has at least one"],
    ["an unknown key", [users({ key: ["ident"] })], 'entities.users.key: "ident" is no field'],
    [
      "a key that is almost one",
      [users({ key: ["nmae"] })],
      'entities.users.key: "nmae" is no field (did you mean "name"?)',
    ],
    ["a key field twice", [users({ key: ["id", "id"] })], 'entities.users.key: "id" stands in it twice'],
    [
      "a key without order",
      [users({ key: ["id", "score"] })],
      'entities.users.key: "score" is float, which has no order: a key is made of int, decimal, bool, text, uuid, timestamp, date, bytes',
    ],
    [
      "json in a key",
      [users({ key: ["config"] })],
      'entities.users.key: "config" is json, which has no order',
    ],
    [
      "an array in a key",
      [users({ key: ["tags"] })],
      'entities.users.key: "tags" is text[], which has no order',
    ],
    ["no fields", [users({ fields: {} })], "entities.users.fields: is empty"],
    ["nothing", [null], "entities.0: is no entity"],
    ["a text", ["users"], "entities.0: is no entity"],
    [
      "something unknown",
      [{ ...users(), sourc: [] }],
      'entities.users.sourc: is unknown (did you mean "source"?)',
    ],
    ["no source", [{ name: "users", key: ["id"], fields }], "entities.users.source: is missing"],
  ])("%s", async (_, entities, fault) => {
    expect(await check(...(entities as unknown[]))).toContainEqual(expect.stringContaining(fault));
  });

  test.each<[unknown, string]>([
    [t.decimal(39, 0), "the precision of a decimal is 1 to 38"],
    [t.decimal(0, 0), "the precision of a decimal is 1 to 38"],
    [t.decimal(4, 5), "the scale of decimal(4, …) is 0 to 4"],
    [t.decimal(4, -1), "the scale of decimal(4, …) is 0 to 4"],
    [t.decimal(4.5, 1), "the precision"],
    [t.array(t.array(t.int())), "is an array of arrays"],
    [t.uuid, "is a function (call it: t.uuid())"],
    [
      "uid",
      '"uid" is no type: int, float, bool, text, uuid, timestamp, date, bytes, json, decimal(18,4), or one of them with [] (did you mean "uuid"?)',
    ],
    [{ kind: "varchar" }, '"varchar" is no type'],
    [7, "is no type"],
    [null, "is no type"],
  ])("the type %o", async (type, fault) => {
    const faults = await check({ ...users(), fields: { ...fields, odd: type } });
    expect(faults).toEqual([expect.stringContaining(`entities.users.fields.odd: ${fault}`)]);
  });
});

describe("places", () => {
  const otherStore = (store: string, options: Place["options"] = {}) =>
    users({ copies: [{ ref: { store, name: "x" }, options } as Place] });

  test.each<[string, Entity, string]>([
    [
      "a store of a later version",
      otherStore("redis"),
      "copies.0: this version of dbctl has no redis (it has postgres and clickhouse)",
    ],
    ["no store at all", otherStore("mysql"), 'copies.0: "mysql" is no store'],
    [
      "the source itself",
      users({ copies: [postgres("users")] }),
      "copies.0: postgres users is the source itself",
    ],
    [
      "a field that is not there",
      copy({ fields: ["nme"] }),
      'copies.0.fields: "nme" is no field of users (did you mean "name"?)',
    ],
    ["a field twice", copy({ fields: ["name", "name"] }), 'copies.0.fields: "name" stands in it twice'],
    ["a column of no field", copy({ columns: { nam: "n" } }), 'copies.0.columns: "nam" is no field of users'],
    ["a column without a name", copy({ columns: { name: "" } }), "copies.0.options.columns.name: is empty"],
    [
      "two fields of one column",
      copy({ columns: { name: "cost" } }),
      '"name" and "cost" would share the column cost (name one in columns)',
    ],
    [
      "an unknown role",
      copy({ role: "mirror" as never }),
      "copies.0.options.role: is none of projection, cache, archive",
    ],
    ["an unknown option", copy({ filter: {} } as never), "copies.0.options.filter: is unknown"],
    [
      "a cache that keeps everything",
      copy({ role: "cache" }),
      "copies.0.role: clickhouse keeps what it is given",
    ],
    [
      "an archive that forgets",
      otherStore("redis", { role: "archive" }),
      "redis may evict rows: it is no archive",
    ],
    [
      "retention without an archive",
      copy({ sourceRetention: "30d" }),
      'belongs to an archive, and this copy is a projection (add role: "archive")',
    ],
    [
      "retention that is none",
      copy({ role: "archive", sourceRetention: "30" }),
      '"30" is not a number and a unit',
    ],
    [
      "a source with a role",
      users({ source: postgres("users", { role: "archive" }) }),
      "source.role: a source has no role",
    ],
    [
      "a source with fields",
      users({ source: postgres("users", { fields: ["name"] }) }),
      "source.fields: a source has no fields",
    ],
  ])("%s", async (_, declared, fault) => {
    expect(await check(declared)).toContainEqual(expect.stringContaining(`entities.users.`));
    expect(await check(declared)).toContainEqual(expect.stringContaining(fault));
  });

  test("two entities may share a copy only if a where divides it", async () => {
    const agents = (options: Place["options"]) =>
      entity("agents", {
        key: ["id"],
        fields,
        source: postgres("agents"),
        copies: [clickhouse("users_copy", options)],
      });
    expect(await check(copy({}), agents({}))).toEqual([
      "entities.agents.copies: clickhouse users_copy is also a copy of users, and neither has a where that divides it",
    ]);
    expect(await check(copy({}), agents({ where: { active: true } }))).toEqual([]);
  });

  test("fields that a copy does not hold do not collide in it", async () => {
    expect(await check(copy({ fields: ["name"], columns: { name: "cost" } }))).toEqual([]);
  });
});

describe("conditions", () => {
  test.each<[Place["options"]["where"], string]>([
    [{ nam: 1 }, 'where.nam: "nam" is no field of users'],
    [{ id: "no-uuid" }, "where.id: is no uuid"],
    [{ tokens: "five" }, "where.tokens: is no int"],
    [{ tokens: 1.5 }, "where.tokens: is no int"],
    [{ tokens: { lt: 2n ** 63n } }, "where.tokens.lt: is no int"],
    [{ active: "yes" }, "where.active: is no bool"],
    [{ finishedAt: "yesterday" }, "where.finishedAt: is no timestamp"],
    [{ finishedAt: { lt: "now-30 days" } }, "where.finishedAt.lt: is no timestamp"],
    [{ cost: { in: [1, "x"] } }, "where.cost.in: is no decimal(18,4)"],
    [{ cost: { in: [] } }, "where.cost.in: is an empty list, which lets no row through"],
    [{ cost: { in: 5 } as never }, "where.cost.in: is not a list"],
    [{ name: {} as never }, "where.name: is empty"],
    [{ name: { is: 5 } as never }, 'where.name.is: "is" is no operator: not, in, lt, lte, gt, gte'],
    [{ name: { not: "a", in: ["b"] } as never }, "where.name: mixes not or in with another operator"],
    [{ name: ["a"] as never }, "where.name: a list is no value to compare with"],
    [{ name: undefined as never }, "where.name: undefined is no value to compare with"],
    [{ name: { lt: null } as never }, "where.name.lt: null is no value to compare with"],
    [{ config: { lt: "{}" } }, "where.config.lt: json has no order to compare by"],
    [{ active: { gt: false } }, "where.active.gt: bool has no order to compare by"],
  ])("%o", async (where, fault) => {
    expect(await check(copy({ where: where ?? {} }))).toEqual([expect.stringContaining(fault)]);
  });

  test.each<[Place["options"]["where"]]>([
    [{ id: "8f6f3c1e-8f2b-4a56-9a51-0a7c2a5a0001" }],
    [{ name: null, active: false, tokens: "12" }],
    [{ cost: { gte: "0.5", lt: 7 }, blob: { not: "\\x00" } }],
    [{ finishedAt: { gte: "2024-01-01T00:00:00Z", lt: "now" } }],
    [{ finishedAt: { lt: "now - 12h" }, day: { gte: "now-1w" } }],
    [{ name: { in: ["a", "b"] }, score: { gt: 0.5 } }],
  ])("%o is taken", async (where) => {
    expect(await check(copy({ where: where ?? {} }))).toEqual([]);
  });
});

test("in JSON types are names and places are written out", async () => {
  const written = {
    name: "users",
    key: ["id"],
    fields: { id: "uuid", cost: "decimal(18, 4)", tags: "text[]", prices: "decimal(4,2)[]" },
    source: { store: "postgres", name: "users" },
    copies: [{ store: "clickhouse", name: "users", role: "archive", sourceRetention: "12h" }],
  };
  expect(await check(written)).toEqual([]);
  expect(await checkEntities([written], async () => {})).toEqual([
    entity("users", {
      key: ["id"],
      fields: {
        id: t.uuid(),
        cost: t.decimal(18, 4),
        tags: t.array(t.text()),
        prices: t.array(t.decimal(4, 2)),
      },
      source: postgres("users"),
      copies: [clickhouse("users", { role: "archive", sourceRetention: "12h" })],
    }),
  ]);
});
