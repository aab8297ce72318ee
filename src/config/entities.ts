import * as v from "valibot";
import { type FieldType, KEY_KINDS, typeName } from "../encoding/types.ts";
import { checkOperands, type Operand } from "./conditions.ts";
import type { Entity, Place } from "./entity.ts";
import { didYouMean } from "./faults.ts";
import { checkCopy, checkPlace, checkSource } from "./places.ts";
import { checkShape, type Report } from "./shape.ts";
import { parseFieldType } from "./types.ts";

const text = v.pipe(v.string("is not a text"), v.nonEmpty("is empty"));
const texts = v.array(text, "is not a list of names");

const place = v.object(
  {
    ref: v.object({ store: text, name: text }, "is not an object"),
    options: v.object(
      {
        role: v.optional(
          v.picklist(["projection", "cache", "archive"], "is none of projection, cache, archive"),
        ),
        fields: v.optional(texts),
        columns: v.optional(v.record(v.string(), text, "is not an object of field: column")),
        where: v.optional(v.record(v.string(), v.unknown(), "is not an object of field: condition")),
        sourceRetention: v.optional(text),
      },
      "is not an object",
    ),
  },
  'is no place: for example postgres("users")',
);

const entity = v.object(
  {
    name: text,
    key: v.pipe(texts, v.minLength(1, "names no field: a key has at least one")),
    fields: v.record(v.string(), v.unknown(), "is not an object of name: type"),
    source: place,
    copies: v.optional(v.array(place, "is not a list of places"), []),
  },
  "is no entity: write entity(name, { key, fields, source, copies })",
);

type RawEntity = v.InferOutput<typeof entity>;

/**
 * Checks every entity against every rule and reports all that is wrong. What it returns is sound if it reported nothing.
 * Entities may come from `entity(…)` or, in JSON, be written out: types by name, places as { store, name, …options }.
 */
export async function checkEntities(input: unknown, report: Report): Promise<readonly Entity[]> {
  if (!Array.isArray(input)) return [];
  const entities: Entity[] = [];
  const operands: Operand[] = [];
  input.forEach((item: unknown, index) => {
    const path = `entities.${nameOf(item) ?? index}`;
    const raw = checkShape(entity, withPlaces(item), path, report);
    if (raw === null) return;
    if (entities.some(({ name }) => name === raw.name)) {
      report({ path, message: `there are two entities called "${raw.name}"` });
    }
    const checked = checkEntity(raw, path, report);
    entities.push(checked.entity);
    operands.push(...checked.operands);
  });
  if (operands.length > 0) await checkOperands(operands, report);
  reportSharedTargets(entities, report);
  return entities;
}

function checkEntity(
  raw: RawEntity,
  path: string,
  report: Report,
): { readonly entity: Entity; readonly operands: readonly Operand[] } {
  const fields: Record<string, FieldType> = {};
  for (const [name, type] of Object.entries(raw.fields)) {
    if (name.trim() === "") report({ path: `${path}.fields`, message: "a field has no name" });
    const parsed = parseFieldType(type, `${path}.fields.${name}`, report);
    if (parsed !== null) fields[name] = parsed;
  }
  const declared = Object.keys(raw.fields);
  if (declared.length === 0) report({ path: `${path}.fields`, message: "is empty" });
  checkKey(raw.key, { declared, fields }, `${path}.key`, report);

  // The shape of `where` is checked below, condition by condition.
  const checked = { ...raw, fields } as Entity;
  const operands = checkPlace(checked, checked.source, declared, `${path}.source`, report);
  checkSource(checked.source, `${path}.source`, report);
  checked.copies.forEach((copy, index) => {
    const at = `${path}.copies.${index}`;
    operands.push(...checkPlace(checked, copy, declared, at, report));
    checkCopy(checked, copy, at, report);
  });
  return { entity: checked, operands };
}

function checkKey(
  key: readonly string[],
  known: { readonly declared: readonly string[]; readonly fields: Readonly<Record<string, FieldType>> },
  path: string,
  report: Report,
): void {
  key.forEach((name, index) => {
    if (!known.declared.includes(name)) {
      report({ path, message: `"${name}" is no field`, suggestion: didYouMean(name, known.declared) });
    }
    if (key.indexOf(name) !== index) report({ path, message: `"${name}" stands in it twice` });
    const type = known.fields[name];
    if (type !== undefined && !KEY_KINDS.has(type.kind)) {
      const kinds = [...KEY_KINDS].join(", ");
      report({
        path,
        message: `"${name}" is ${typeName(type)}, which has no order: a key is made of ${kinds}`,
      });
    }
  });
}

/** Two entities that write to one place without dividing its rows would each take the other's rows for extra ones. */
function reportSharedTargets(entities: readonly Entity[], report: Report): void {
  const targets = new Map<string, string>();
  for (const { name, copies } of entities) {
    for (const { ref, options } of copies) {
      if (options.where !== undefined) continue;
      const target = `${ref.store} ${ref.name}`;
      const other = targets.get(target);
      if (other !== undefined) {
        const message = `${target} is also a copy of ${other}, and neither has a where that divides it`;
        report({ path: `entities.${name}.copies`, message });
      }
      targets.set(target, name);
    }
  }
}

function nameOf(item: unknown): string | null {
  const name = typeof item === "object" && item !== null && "name" in item ? item.name : null;
  return typeof name === "string" && name !== "" ? name : null;
}

/** Places written out as { store, name, …options } become what `postgres(…)` returns. */
function withPlaces(item: unknown): unknown {
  if (typeof item !== "object" || item === null) return item;
  const copies = "copies" in item && Array.isArray(item.copies) ? { copies: item.copies.map(asPlace) } : {};
  return { ...item, ...("source" in item ? { source: asPlace(item.source) } : {}), ...copies };
}

function asPlace(input: unknown): unknown {
  if (typeof input !== "object" || input === null || "ref" in input || !("store" in input)) return input;
  const { store, name, ...options } = input as Record<string, unknown> & Partial<Place["ref"]>;
  return { ref: { store, name }, options };
}
