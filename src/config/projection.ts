import type { FieldType } from "../encoding/types.ts";
import { encodeValue } from "../encoding/value.ts";
import { DbctlError } from "../errors.ts";
import type { Predicate, ProjectedField, Projection } from "../stores/store.ts";
import { columnOf, heldFields } from "./columns.ts";
import { parseDuration } from "./duration.ts";
import type { Condition, Entity, Place, Scalar, Where } from "./entity.ts";

export interface ProjectionOptions {
  /** What `now` and `now-30d` in a `where` mean; pass one instant to everything that is to be compared. */
  readonly now?: Date;
}

/**
 * Everything `place` holds of `entity`: its fields, key first, under the columns of that place, and its `where`.
 * Conditions on fields that the place does not hold are left to the source (`sourceProjectionFor`).
 * @throws CONFIG_INVALID for what `validateEntities` would have reported
 */
export function projectionOf(entity: Entity, place: Place, options: ProjectionOptions = {}): Projection {
  const fields = projectedFields(entity, heldFields(entity, place), place);
  return {
    fields,
    keyLength: entity.key.length,
    where: compileWhere(place.options.where, fields, options, { ignoreAbsent: true }),
  };
}

/**
 * The part of the source that `copy` should hold: the copy's fields in the copy's order under the source's columns,
 * where both the source's and the copy's conditions hold. Source and copy then encode the same tuples.
 */
export function sourceProjectionFor(
  entity: Entity,
  copy: Place,
  options: ProjectionOptions = {},
): Projection {
  const every = projectedFields(entity, heldFields(entity, entity.source), entity.source);
  return {
    fields: projectedFields(entity, heldFields(entity, copy), entity.source),
    keyLength: entity.key.length,
    where: [
      ...compileWhere(entity.source.options.where, every, options),
      ...compileWhere(copy.options.where, every, options),
    ],
  };
}

/** Canonical bytes of an operand; for timestamps and dates also `now`, `now-30d`, `now+1h`. @throws VALUE_UNREPRESENTABLE */
export function encodeOperand(type: FieldType, value: Scalar, now: Date): Uint8Array {
  const bytes = encodeValue(type, relativeTime(type, value, now) ?? value);
  if (bytes === null) throw new DbctlError("VALUE_UNREPRESENTABLE", "null is no operand");
  return bytes;
}

function relativeTime(type: FieldType, value: Scalar, now: Date): Date | string | null {
  if ((type.kind !== "timestamp" && type.kind !== "date") || typeof value !== "string") return null;
  const match = /^now(?:([+-])(.+))?$/.exec(value.replaceAll(" ", ""));
  if (match === null) return null;
  const offsetMs = match[2] === undefined ? 0 : parseDuration(match[2]);
  if (offsetMs === null) return null;
  const instant = new Date(now.getTime() + (match[1] === "-" ? -offsetMs : offsetMs));
  return type.kind === "date" ? instant.toISOString().slice(0, 10) : instant;
}

function projectedFields(entity: Entity, names: readonly string[], place: Place): ProjectedField[] {
  return names.map((name) => {
    const type = Object.hasOwn(entity.fields, name) ? entity.fields[name] : undefined;
    if (type === undefined) {
      throw new DbctlError("CONFIG_INVALID", `entity ${entity.name} has no field ${name}`);
    }
    return { name, column: columnOf(place, name), type };
  });
}

function compileWhere(
  where: Where | undefined,
  fields: readonly ProjectedField[],
  options: ProjectionOptions,
  { ignoreAbsent = false } = {},
): Predicate[] {
  const now = options.now ?? new Date();
  return Object.entries(where ?? {}).flatMap(([name, condition]) => {
    const field = fields.find((candidate) => candidate.name === name);
    if (field !== undefined) return compileCondition(field, condition, now);
    if (ignoreAbsent) return [];
    throw new DbctlError("CONFIG_INVALID", `a where names ${name}, which is no field of the source`);
  });
}

function compileCondition(field: ProjectedField, condition: Condition, now: Date): Predicate[] {
  const encode = (value: Scalar) => encodeOperand(field.type, value, now);
  if (condition === null) return [{ field, op: "isNull" }];
  if (typeof condition !== "object") return [{ field, op: "is", operand: encode(condition) }];
  if ("not" in condition) {
    return condition.not === null
      ? [{ field, op: "isNotNull" }]
      : [{ field, op: "isNot", operand: encode(condition.not) }];
  }
  if ("in" in condition) return [{ field, op: "in", operands: condition.in.map(encode) }];
  const bounds: Predicate[] = [];
  for (const op of ["lt", "lte", "gt", "gte"] as const) {
    const operand = condition[op];
    if (operand !== undefined) bounds.push({ field, op, operand: encode(operand) });
  }
  return bounds;
}
