import { t } from "../../../src/encoding/types.ts";
import { encodeRow, JsonText } from "../../../src/encoding/value.ts";
import type { Predicate, ProjectedField, Projection, RowBatch, Store } from "../../../src/stores/store.ts";
import type { CompareOptions, EntityPlan, Role } from "../../../src/verify/plan.ts";
import { type FakeStore, openFake } from "../../support/fake.ts";

export interface Row {
  readonly region: string;
  readonly id: number;
  readonly name: string | null;
  readonly doc: string;
  readonly amount: string;
  /** µs since 1970. */
  readonly at: bigint;
}

export const FIELDS: readonly ProjectedField[] = [
  { name: "region", column: "region", type: t.text() },
  { name: "id", column: "id", type: t.int() },
  { name: "name", column: "name", type: t.text() },
  { name: "doc", column: "doc", type: t.json() },
  { name: "amount", column: "amount", type: t.decimal(18, 4) },
  { name: "at", column: "at", type: t.timestamp() },
];
export const WHOLE: Projection = { fields: FIELDS, keyLength: 2, where: [] };

/** How much of a store's capabilities a copy has. */
export const COPY_KINDS = ["digest", "ordered", "unordered"] as const;
export type CopyKind = (typeof COPY_KINDS)[number];

export interface ScenarioOptions {
  readonly kind?: CopyKind;
  readonly role?: Role;
  /** Fields that the copy holds; all when left out. */
  readonly fields?: readonly string[];
  /** Rows that the copy should hold. */
  readonly where?: readonly Predicate[];
  readonly lagMs?: number;
  readonly optional?: boolean;
}

export interface Scenario {
  readonly source: FakeStore;
  readonly copy: FakeStore;
  readonly plan: EntityPlan;
}

/** Keys are not unique in either store, so that duplicates can be planted. */
export async function scenario(
  sourceRows: readonly Row[],
  copyRows: readonly Row[],
  options: ScenarioOptions = {},
): Promise<Scenario> {
  const { kind = "digest", role = "projection", where = [], lagMs = 0, optional = false } = options;
  const held = FIELDS.filter(
    ({ name }, index) => index < 2 || options.fields === undefined || options.fields.includes(name),
  );
  const source = openFake({ name: "postgres", traits: { uniqueKeys: false } });
  const copy = openFake({
    name: "clickhouse",
    traits: { uniqueKeys: false, snapshotReads: false },
    ordered: kind !== "unordered",
    digest: kind === "digest",
    repeats: kind === "unordered",
  });
  const expected: Projection = { fields: held, keyLength: 2, where };
  const held2 = where.filter(({ field }) => held.some(({ name }) => name === field.name));
  await write(source, FIELDS, sourceRows);
  await write(copy, held, copyRows);
  const { signal } = new AbortController();
  const copyRef = { store: copy.name, name: "rows" };
  return {
    source,
    copy,
    plan: {
      name: "rows",
      source: await source.collection({ store: source.name, name: "rows" }, WHOLE, signal),
      snapshot: await source.snapshot?.(signal),
      copies: [
        {
          collection: await copy.collection(copyRef, { ...expected, where: held2 }, signal),
          role,
          expected,
          snapshot: undefined,
          lagMs,
          optional,
        },
      ],
    },
  };
}

export function compareOptions(options: Partial<CompareOptions> = {}): CompareOptions {
  return { signal: new AbortController().signal, limit: 10_000, rememberKeys: true, ...options };
}

export function tupleOf(row: Row, fields: readonly ProjectedField[] = FIELDS): Uint8Array {
  return encodeRow(fields, { ...row, doc: new JsonText(row.doc) });
}

/** Creates the table and fills it. */
async function write(store: Store & FakeStore, fields: readonly ProjectedField[], rows: readonly Row[]) {
  store.createTable(
    "rows",
    fields.map(({ column, type }) => ({ column, type })),
    2,
  );
  await insert(store, rows, fields);
}

/** Adds rows, also of keys that are there. */
export async function insert(
  store: Store,
  rows: readonly Row[],
  fields: readonly ProjectedField[] = FIELDS,
): Promise<void> {
  const { signal } = new AbortController();
  const collection = await store.collection(
    { store: store.name, name: "rows" },
    { fields, keyLength: 2, where: [] },
    signal,
  );
  async function* batches(): AsyncGenerator<RowBatch> {
    if (rows.length === 0) return;
    const tuples = rows.map((row) => tupleOf(row, fields));
    yield { rows: rows.length, bytes: Buffer.concat(tuples) };
  }
  await collection.load(batches(), { signal, mode: "insert" });
}

/** Row `index` of a deterministic table whose keys are in order of `index`. */
export function makeRow(index: number): Row {
  return {
    region: `r${String(Math.floor(index / 1000)).padStart(3, "0")}`,
    id: index,
    name: index % 5 === 0 ? null : `name ${index}`,
    doc: `{"n": ${index}, "price": ${index}.5}`,
    amount: `${index}.2500`,
    at: 1_700_000_000_000_000n + BigInt(index),
  };
}

export function makeRows(count: number): Row[] {
  return Array.from({ length: count }, (_, index) => makeRow(index));
}

export function keyName(row: {
  readonly region: string | null;
  readonly id: number | string | null;
}): string {
  return `${row.region}/${row.id}`;
}
