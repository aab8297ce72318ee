import { SUPPORTED_STORES } from "../stores/index.ts";
import { STORE_NAMES } from "../stores/store.ts";
import { columnOf, heldFields } from "./columns.ts";
import { checkCondition, type Operand } from "./conditions.ts";
import { DURATION_GRAMMAR, parseDuration } from "./duration.ts";
import type { CopyRole, Entity, Place } from "./entity.ts";
import { didYouMean } from "./faults.ts";
import type { Report } from "./shape.ts";

/** Stores that may lose a row by themselves, which is what a cache allows and an archive does not. */
const EVICTING_STORES: readonly string[] = ["redis"];

/**
 * What holds for sources and copies alike: the store, the names of fields, the columns, the conditions. Returns the
 * operands of the conditions, whose values are still to be checked.
 */
export function checkPlace(
  entity: Entity,
  place: Place,
  declared: readonly string[],
  path: string,
  report: Report,
): Operand[] {
  const operands: Operand[] = [];
  checkStore(place.ref.store, path, report);
  const { fields, columns = {}, where = {} } = place.options;
  const unknown = (name: string, at: string) => {
    if (declared.includes(name)) return false;
    report({
      path: at,
      message: `"${name}" is no field of ${entity.name}`,
      suggestion: didYouMean(name, declared),
    });
    return true;
  };
  const names = (fields ?? []).filter((name) => !unknown(name, `${path}.fields`));
  names.forEach((name, index) => {
    if (names.indexOf(name) !== index)
      report({ path: `${path}.fields`, message: `"${name}" stands in it twice` });
  });
  for (const name of Object.keys(columns)) unknown(name, `${path}.columns`);
  for (const [name, condition] of Object.entries(where)) {
    const at = `${path}.where.${name}`;
    const type = unknown(name, at) ? undefined : entity.fields[name];
    if (type !== undefined) operands.push(...checkCondition(type, condition, at, report));
  }
  checkColumns(entity, place, `${path}.columns`, report);
  return operands;
}

/** A source is what it is: nothing that only a copy has. */
export function checkSource(source: Place, path: string, report: Report): void {
  for (const option of ["role", "fields", "sourceRetention"] as const) {
    if (source.options[option] === undefined) continue;
    report({ path: `${path}.${option}`, message: `a source has no ${option}: it belongs to a copy` });
  }
}

/** What only copies have: roles, and how long rows stay in the source. */
export function checkCopy(entity: Entity, copy: Place, path: string, report: Report): void {
  const { store, name } = copy.ref;
  if (store === entity.source.ref.store && name === entity.source.ref.name) {
    report({ path, message: `${store} ${name} is the source itself` });
  }
  const { role = "projection", sourceRetention } = copy.options;
  checkRole(role, store, `${path}.role`, report);
  if (sourceRetention === undefined) return;
  if (role !== "archive") {
    report({
      path: `${path}.sourceRetention`,
      message: `belongs to an archive, and this copy is a ${role}`,
      suggestion: 'add role: "archive"',
    });
  }
  const retentionMs = parseDuration(sourceRetention);
  if (retentionMs === null || retentionMs <= 0) {
    report({ path: `${path}.sourceRetention`, message: `"${sourceRetention}" is not ${DURATION_GRAMMAR}` });
  }
}

function checkRole(role: CopyRole, store: string, path: string, report: Report): void {
  const evicts = EVICTING_STORES.includes(store);
  if (role === "cache" && !evicts) {
    const message = `${store} keeps what it is given, so an absent row is a lost one: it is no cache`;
    report({ path, message, suggestion: 'use role: "projection", with a where for a part of the rows' });
  }
  if (role === "archive" && evicts) report({ path, message: `${store} may evict rows: it is no archive` });
}

function checkStore(store: string, path: string, report: Report): void {
  if (SUPPORTED_STORES.some((name) => name === store)) return;
  const isLater = STORE_NAMES.some((name) => name === store);
  const message = isLater ? `this version of dbctl has no ${store}` : `"${store}" is no store`;
  report({ path, message, suggestion: `it has ${SUPPORTED_STORES.join(" and ")}` });
}

function checkColumns(entity: Entity, place: Place, path: string, report: Report): void {
  const fieldOf = new Map<string, string>();
  for (const name of heldFields(entity, place)) {
    const column = columnOf(place, name);
    const other = fieldOf.get(column);
    if (column === "") report({ path, message: `the column of "${name}" has no name` });
    else if (other !== undefined && other !== name) {
      report({
        path,
        message: `"${other}" and "${name}" would share the column ${column}`,
        suggestion: "name one in columns",
      });
    }
    fieldOf.set(column, name);
  }
}
