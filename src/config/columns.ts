import type { Entity, Place } from "./entity.ts";
import { snakeCase } from "./naming.ts";

/** The names of the fields that `place` holds: the key in its own order, then the others as declared. */
export function heldFields(entity: Entity, place: Place): readonly string[] {
  const chosen = place.options.fields;
  const others = Object.keys(entity.fields).filter(
    (name) => !entity.key.includes(name) && (chosen === undefined || chosen.includes(name)),
  );
  return [...entity.key, ...others];
}

/** The column that holds `field` at `place`: as declared there, otherwise the field's name in snake_case. */
export function columnOf(place: Place, field: string): string {
  const { columns } = place.options;
  return columns !== undefined && Object.hasOwn(columns, field)
    ? (columns[field] ?? field)
    : snakeCase(field);
}
