import { describe, expect, test } from "vitest";
import { columnOf } from "../../../src/config/columns.ts";
import { clickhouse, entity, postgres } from "../../../src/config/entity.ts";
import { projectionOf, sourceProjectionFor } from "../../../src/config/projection.ts";
import { t } from "../../../src/encoding/types.ts";
import { encodeValue, formatField } from "../../../src/encoding/value.ts";
import type { Predicate, Projection } from "../../../src/stores/store.ts";

const archive = clickhouse("executions_archive", {
  role: "archive",
  fields: ["status", "finishedAt"],
  columns: { id: "execution_id" },
  where: { finishedAt: { not: null }, cost: { gte: "1.5", lt: 3 } },
});
const executions = entity("executions", {
  key: ["organizationId", "id"],
  fields: {
    id: t.uuid(),
    status: t.text(),
    cost: t.decimal(18, 4),
    finishedAt: t.timestamp(),
    organizationId: t.int(),
    day: t.date(),
  },
  source: postgres("executions", {
    columns: { status: "state" },
    where: { status: { in: ["done", "failed"] } },
  }),
  copies: [archive],
});

const columns = ({ fields }: Projection) =>
  fields.map(({ name, column }) => (name === column ? name : `${name}=${column}`));

function spelt(predicate: Predicate): string {
  const { field, op } = predicate;
  const operands =
    "operands" in predicate ? predicate.operands : "operand" in predicate ? [predicate.operand] : [];
  return [field.column, op, ...operands.map((operand) => formatField(field.type, operand))].join(" ");
}

test("a place has all its fields, the key first in its own order, then as declared", () => {
  const projection = projectionOf(executions, executions.source);
  expect(projection.keyLength).toBe(2);
  expect(columns(projection)).toEqual([
    "organizationId=organization_id",
    "id",
    "status=state",
    "cost",
    "finishedAt=finished_at",
    "day",
  ]);
  expect(projection.where.map(spelt)).toEqual(["state in done failed"]);
});

test("a copy has its own fields and columns; conditions on what it does not hold are the source's", () => {
  const projection = projectionOf(executions, archive);
  expect(columns(projection)).toEqual([
    "organizationId=organization_id",
    "id=execution_id",
    "status",
    "finishedAt=finished_at",
  ]);
  expect(projection.where.map(spelt)).toEqual(["finished_at isNotNull"]);
});

test("the source is read with the copy's fields and both wheres: both encode the same tuples", () => {
  const projection = sourceProjectionFor(executions, archive);
  const names = ({ fields }: Projection) => fields.map(({ name }) => name);
  expect(names(projection)).toEqual(names(projectionOf(executions, archive)));
  expect(columns(projection)).toEqual([
    "organizationId=organization_id",
    "id",
    "status=state",
    "finishedAt=finished_at",
  ]);
  expect(projection.where.map(spelt)).toEqual([
    "state in done failed",
    "finished_at isNotNull",
    "cost lt 3.0000",
    "cost gte 1.5000",
  ]);
});

describe("conditions", () => {
  const now = new Date("2024-03-31T12:00:00.000Z");
  const compile = (where: object) => {
    const copy = clickhouse("c", { where: where as never });
    return projectionOf(executions, copy, { now }).where.map(spelt);
  };
  test.each([
    [{ status: null }, ["status isNull"]],
    [{ status: "a" }, ["status is a"]],
    [{ status: { not: "a" } }, ["status isNot a"]],
    [{ status: { not: null } }, ["status isNotNull"]],
    [{ organizationId: { gt: 1, lte: 9n } }, ["organization_id lte 9", "organization_id gt 1"]],
    [{ finishedAt: { lt: "now-30d" } }, ["finished_at lt 2024-03-01T12:00:00.000000Z"]],
    [
      { finishedAt: { gte: "now", lt: "now + 12h" } },
      ["finished_at lt 2024-04-01T00:00:00.000000Z", "finished_at gte 2024-03-31T12:00:00.000000Z"],
    ],
    [{ day: { lt: "now-1d" } }, ["day lt 2024-03-30"]],
    [{ status: "now-30d" }, ["status is now-30d"]],
  ])("%o", (where, predicates) => {
    expect(compile(where)).toEqual(predicates);
  });

  test("operands are canonical bytes of the field's type", () => {
    const [predicate] = projectionOf(executions, clickhouse("c", { where: { cost: 1.5 } })).where;
    expect(predicate).toMatchObject({ op: "is", operand: encodeValue(t.decimal(18, 4), "1.5") });
  });
});

test("a column is named as declared, else by the field in snake_case", () => {
  const place = postgres("x", { columns: { createdAt: "made" } });
  expect(["createdAt", "updatedAt", "toString", "constructor"].map((name) => columnOf(place, name))).toEqual([
    "made",
    "updated_at",
    "to_string",
    "constructor",
  ]);
});

test("what loading would have refused is refused", () => {
  const odd = entity("odd", { key: ["nope"], fields: {}, source: postgres("odd") });
  expect(() => projectionOf(odd, odd.source)).toThrow("entity odd has no field nope");
  const copy = clickhouse("c", { where: { nope: 1 } });
  expect(() => sourceProjectionFor(executions, copy)).toThrow("nope");
});
