/** SHA-256 of ranges, computed in the server. Equals the digest of the rows that `ordered.scan` reads. */
import { createHash } from "node:crypto";
import { tupleFields, tuples } from "../../encoding/tuple.ts";
import type { Field, Key, KeyRange, LeafDigest, ReadOptions } from "../store.ts";
import type { Target } from "./collection.ts";
import { arrayLiteral, isRepresentable } from "./literal.ts";
import { rangeConditions, whereClause, whereConditions } from "./predicate.ts";
import { type BoundField, orderBy, rowEncoding } from "./projection.ts";
import { beginRead, copyOf, readWith } from "./read.ts";
import type { Session } from "./session.ts";

/** Ranges a statement where each is read by an index. */
const RANGES_PER_STATEMENT = 256;
const EMPTY = createHash("sha256").digest();
const HASH = "sha256(coalesce(string_agg(s.row, ''::bytea), ''::bytea))";

/**
 * An aggregate takes the rows of an ordered subquery as they come, so nothing may run in parallel. Where an index has
 * the order of the keys each range is a scan of it; else all rows are sorted once, the bounds of the ranges among them.
 */
export async function* digestRanges(
  target: Target,
  ranges: readonly KeyRange[],
  options: ReadOptions,
): AsyncGenerator<LeafDigest> {
  if (ranges.length === 0) return;
  const { connections } = target;
  const session = await connections.lease(options.signal, { dedicated: true });
  try {
    const begin = beginRead(connections, options, { timeoutMs: 0 });
    await session.run(`${begin} SET LOCAL max_parallel_workers_per_gather = 0`);
    if (ranges.length > 1 && ranges.every((range) => isServedByIndex(target, range))) {
      await session.run("SET LOCAL enable_seqscan = off");
      for (let start = 0; start < ranges.length; start += RANGES_PER_STATEMENT)
        yield* digests(session, target, ranges.slice(start, start + RANGES_PER_STATEMENT), byIndex);
    } else {
      await session.run("SET LOCAL enable_hashagg = off");
      yield* digests(session, target, ranges, ranges.length === 1 ? byIndex : bySort);
    }
    await session.run("COMMIT");
  } finally {
    session.release();
  }
}

type Plan = (target: Target, ranges: readonly KeyRange[]) => string;

/** Runs a SELECT of (number of the range, rows, hash) and adds the ranges without rows. */
async function* digests(
  session: Session,
  target: Target,
  ranges: readonly KeyRange[],
  plan: Plan,
): AsyncGenerator<LeafDigest> {
  let next = 0;
  const leaf = (range: KeyRange, rows = 0, sha256: Uint8Array = EMPTY): LeafDigest => {
    session.refuseAborted();
    return { range, rows, sha256 };
  };
  for await (const batch of readWith(session, copyOf(plan(target, ranges)))) {
    for (const tuple of tuples(batch)) {
      const [number, rows, sha256] = tupleFields(tuple).map((field) => Buffer.from(field ?? []));
      const at = Number(number?.readBigInt64BE());
      for (const range of ranges.slice(next, at)) yield leaf(range);
      const range = ranges[at];
      if (range !== undefined) yield leaf(range, Number(rows?.readBigInt64BE()), sha256);
      next = at + 1;
    }
  }
  for (const range of ranges.slice(next)) yield leaf(range);
}

function isServedByIndex({ bound }: Target, { from, to }: KeyRange): boolean {
  const isPlain = (key: Key | null) =>
    key === null ||
    bound.key.every(({ field }, index) => {
      const value = key[index] ?? null;
      return value !== null && isRepresentable(field.type, value);
    });
  return bound.keyIsIndexed && bound.key.every(({ nullable }) => !nullable) && isPlain(from) && isPlain(to);
}

/** Each range a subquery of its own; several that are bounded are joined to a list of their bounds. */
function byIndex(target: Target, ranges: readonly KeyRange[]): string {
  const isAlone = ({ from, to }: KeyRange) => ranges.length === 1 || from === null || to === null;
  const numbered = ranges.map((range, number) => ({ range, number }));
  const open = numbered.filter(({ range }) => isAlone(range));
  const bounded = numbered.filter(({ range }) => !isAlone(range));
  const selects = open.map(
    ({ range, number }) =>
      `SELECT ${number}::int8 AS n, count(*) AS rows, ${HASH} AS hash ` +
      `FROM (${orderedRows(target, rangeConditions(target.bound.key, range))}) AS s`,
  );
  if (bounded.length > 0) selects.push(joined(target, bounded));
  return selects.length === 1 ? `${selects[0]}` : `${selects.join(" UNION ALL ")} ORDER BY n`;
}

interface Numbered {
  readonly range: KeyRange;
  readonly number: number;
}

function joined(target: Target, bounded: readonly Numbered[]): string {
  const { key } = target.bound;
  const column = (side: "from" | "to") =>
    key.map(({ field, cast }, index) =>
      arrayLiteral(
        field.type,
        cast.sqlType,
        bounded.map(({ range }) => range[side]?.[index] ?? null),
      ),
    );
  const numbers = `'{${bounded.map(({ number }) => number).join(",")}}'::int8[]`;
  const names = (prefix: string) => key.map((_, index) => `${prefix}${index}`);
  const sides = (prefix: string) =>
    names(prefix)
      .map((name) => `r.${name}`)
      .join(", ");
  const left = key.map(({ ordered }) => ordered).join(", ");
  const rows = orderedRows(target, [`(${left}) >= (${sides("f")})`, `(${left}) < (${sides("t")})`]);
  return (
    "SELECT r.n, d.rows, d.hash " +
    `FROM unnest(${[...column("from"), ...column("to"), numbers].join(", ")}) ` +
    `AS r(${[...names("f"), ...names("t"), "n"].join(", ")}) ` +
    `CROSS JOIN LATERAL (SELECT count(*) AS rows, ${HASH} AS hash FROM (${rows}) AS s) AS d`
  );
}

function orderedRows({ table, bound }: Target, range: readonly string[]): string {
  const conditions = [...range, ...whereConditions(bound)];
  return (
    `SELECT ${rowEncoding(bound.fields)} AS row FROM ${table} AS t ${whereClause(conditions)} ` +
    `ORDER BY ${orderBy(bound)}`
  );
}

/** The rows and the bounds of the ranges, sorted together: the last bound before a row tells its range. */
function bySort(target: Target, ranges: readonly KeyRange[]): string {
  const { table, bound } = target;
  const { key } = bound;
  // A bound that is a text PostgreSQL can't hold is compared as bytes, and then every value of that field is.
  const asBytes = key.map(({ field }, index) =>
    ranges.some(({ from, to }) => [from, to].some((bounds) => !fits(field.type, bounds?.[index] ?? null))),
  );
  const [first, last] = [ranges[0]?.from ?? null, ranges.at(-1)?.to ?? null];
  const conditions = [...rangeConditions(key, { from: first, to: last }), ...whereConditions(bound)];
  const keyColumns = key.map(
    ({ ordered, cast }, index) => `${asBytes[index] ? cast.bytes : ordered} AS k${index}`,
  );
  const rows = `SELECT ${rowEncoding(bound.fields)} AS row, NULL::int8 AS mark, ${keyColumns.join(", ")} FROM ${table} AS t ${whereClause(conditions)}`;
  const marks = marksOf(ranges);
  const arrays = key.map(({ field, cast }, index) => {
    const values = marks.map(({ at }) => at[index] ?? null);
    return asBytes[index]
      ? arrayLiteral({ kind: "bytes" }, "bytea", values)
      : arrayLiteral(field.type, cast.sqlType, values);
  });
  const names = key.map((_, index) => `k${index}`).join(", ");
  const numbers = `'{${marks.map(({ mark }) => mark).join(",")}}'::int8[]`;
  const bounds = `SELECT NULL::bytea, m.mark, ${names} FROM unnest(${[...arrays, numbers].join(", ")}) AS m(${names}, mark)`;
  const order = key.map(({ cast }, index) =>
    cast.sqlType === "text" && !asBytes[index] ? `k${index} COLLATE "C"` : `k${index}`,
  );
  const sorted = [...order, "mark", "row"].join(", ");
  const placed =
    "SELECT u.row, max(u.mark) OVER w AS last_mark, row_number() OVER w AS place " +
    `FROM (${rows} UNION ALL ${bounds}) AS u WINDOW w AS (ORDER BY ${sorted} ROWS UNBOUNDED PRECEDING)`;
  return (
    `SELECT (coalesce(s.last_mark, 0) / 2)::int8 AS n, count(*) AS rows, ${HASH} AS hash ` +
    "FROM (SELECT p.row, p.last_mark FROM (" +
    placed +
    ") AS p WHERE p.row IS NOT NULL AND coalesce(p.last_mark, 0) % 2 = 0 ORDER BY p.last_mark, p.place) AS s " +
    "GROUP BY s.last_mark ORDER BY 1"
  );
}

function fits(type: BoundField["field"]["type"], value: Field): boolean {
  return value === null || type.kind !== "text" || isRepresentable(type, value);
}

interface Mark {
  readonly at: Key;
  /** 2 × the number of the range that begins here; one more for the gap behind it. */
  readonly mark: number;
}

/** Marks rise with their keys. */
function marksOf(ranges: readonly KeyRange[]): Mark[] {
  return ranges.flatMap(({ from, to }, number) => {
    const marks: Mark[] = from === null ? [] : [{ at: from, mark: 2 * number }];
    if (to !== null) marks.push({ at: to, mark: 2 * number + 1 });
    return marks;
  });
}
