import { createHash } from "node:crypto";
import type { KeyRange, LeafDigest, ReadOptions } from "../store.ts";
import type { Connection } from "./connection.ts";
import { rangeConditions } from "./key.ts";
import { type Cut, cutRanges } from "./leaf.ts";
import { SORT_SETTINGS, scanOrdered } from "./scan.ts";
import { text } from "./sql.ts";
import { type Table, whereClause } from "./table.ts";

/** Ranges whose boundaries one statement carries. */
const RANGES_PER_QUERY = 16_384;
/** What one statement may hold in memory at a time: rows sorted by leaf. */
const ROWS_PER_QUERY = 2_000_000;
const BYTES_PER_QUERY = 400_000_000;
const ASSUMED_ROW_BYTES = 200;

/**
 * Leaf digests computed in the engine, in as few statements as its memory allows.
 * @param mostRows that one statement holds; a range with more of them is streamed here
 */
export async function* digestRanges(
  connection: Connection,
  table: Table,
  ranges: readonly KeyRange[],
  options: ReadOptions,
  mostRows = ROWS_PER_QUERY,
): AsyncGenerator<LeafDigest> {
  if (ranges.length === 0) return;
  const limits = await sizeLimits(connection, table, mostRows, options);
  for (let start = 0; start < ranges.length; start += RANGES_PER_QUERY) {
    const group = ranges.slice(start, start + RANGES_PER_QUERY);
    if (limits.totalRows <= limits.rowsPerQuery) {
      yield* digestGroup(connection, table, group, options);
      continue;
    }
    const counts = await countRanges(connection, table, group, options);
    for (const part of partition(counts, limits.rowsPerQuery)) {
      const members = group.slice(part.start, part.end);
      yield* part.rows > limits.rowsPerQuery
        ? streamGroup(connection, table, members, options)
        : digestGroup(connection, table, members, options);
    }
  }
}

interface Limits {
  readonly totalRows: number;
  readonly rowsPerQuery: number;
}

async function sizeLimits(
  connection: Connection,
  table: Table,
  mostRows: number,
  { signal }: ReadOptions,
): Promise<Limits> {
  const [row] = await connection.query<[string | null, string | null]>(
    `SELECT total_rows, total_bytes_uncompressed FROM system.tables WHERE database = ${text(table.namespace)} AND name = ${text(table.ref.name)}`,
    { signal },
  );
  if (row?.[0] == null) return { totalRows: Number.POSITIVE_INFINITY, rowsPerQuery: mostRows };
  const totalRows = Number(row[0]);
  const rowBytes = totalRows > 0 && row[1] !== null ? Number(row[1]) / totalRows : ASSUMED_ROW_BYTES;
  const rowsPerQuery = Math.min(mostRows, Math.floor(BYTES_PER_QUERY / (rowBytes + ASSUMED_ROW_BYTES / 4)));
  return { totalRows, rowsPerQuery: Math.max(rowsPerQuery, 1) };
}

interface Part {
  readonly start: number;
  readonly end: number;
  readonly rows: number;
}

/** Neighbours together up to `limit` rows; a range above it stands alone. */
export function partition(counts: readonly number[], limit: number): Part[] {
  const parts: Part[] = [];
  let start = 0;
  let rows = 0;
  counts.forEach((count, index) => {
    if (index > start && rows + count > limit) {
      parts.push({ start, end: index, rows });
      start = index;
      rows = 0;
    }
    rows += count;
  });
  if (counts.length > 0) parts.push({ start, end: counts.length, rows });
  return parts;
}

function whereOf(table: Table, ranges: readonly KeyRange[], cut: Cut): string {
  const hull = { from: ranges[0]?.from ?? null, to: ranges.at(-1)?.to ?? null };
  return whereClause([...table.where, ...rangeConditions(table.key, hull), ...cut.conditions]);
}

async function countRanges(
  connection: Connection,
  table: Table,
  ranges: readonly KeyRange[],
  { signal }: ReadOptions,
): Promise<number[]> {
  const cut = cutRanges(table.key, ranges);
  const counts = ranges.map(() => 0);
  const sql = `SELECT ${cut.expression} AS dbctl_leaf, count() FROM ${table.source}${whereOf(table, ranges, cut)} GROUP BY dbctl_leaf`;
  for (const [leaf, rows] of await connection.query<[string, string]>(sql, { signal, timeoutMs: 0 })) {
    const index = cut.rangeOf(Number(leaf));
    if (index !== null) counts[index] = Number(rows);
  }
  return counts;
}

async function* digestGroup(
  connection: Connection,
  table: Table,
  ranges: readonly KeyRange[],
  { signal }: ReadOptions,
): AsyncGenerator<LeafDigest> {
  const cut = cutRanges(table.key, ranges);
  const sql = `SELECT dbctl_leaf, length(dbctl_rows), hex(SHA256(arrayStringConcat(${sorted(table)})))
    FROM (SELECT ${cut.expression} AS dbctl_leaf, groupArray(${member(table)}) AS dbctl_rows
      FROM ${table.source}${whereOf(table, ranges, cut)} GROUP BY dbctl_leaf)`;
  const settings = SORT_SETTINGS;
  const found = new Map<number, { rows: number; sha256: Buffer }>();
  for (const [leaf, rows, sha256] of await connection.query<[string, string, string]>(sql, {
    signal,
    settings,
    timeoutMs: 0,
  })) {
    const index = cut.rangeOf(Number(leaf));
    if (index !== null) found.set(index, { rows: Number(rows), sha256: Buffer.from(sha256, "hex") });
  }
  for (const [index, range] of ranges.entries()) {
    yield { range, ...(found.get(index) ?? { rows: 0, sha256: createHash("sha256").digest() }) };
  }
}

/** UUIDs and bools sort in their tuples as they do by themselves: the key comes first there, NULL's length last. */
function sortsByTuple({ keyColumns }: Table): boolean {
  return keyColumns.every(({ field }) => field.type.kind === "uuid" || field.type.kind === "bool");
}

function member(table: Table): string {
  return sortsByTuple(table) ? table.tuple : `(${table.key.expression}, ${table.tuple})`;
}

function sorted(table: Table): string {
  return sortsByTuple(table) ? "arraySort(dbctl_rows)" : "arrayMap(row -> row.2, arraySort(dbctl_rows))";
}

/** What does not fit the engine's memory in one piece is hashed here. */
async function* streamGroup(
  connection: Connection,
  table: Table,
  ranges: readonly KeyRange[],
  options: ReadOptions,
): AsyncGenerator<LeafDigest> {
  for (const range of ranges) {
    const hash = createHash("sha256");
    let rows = 0;
    for await (const batch of scanOrdered(connection, table, range, options)) {
      hash.update(batch.bytes);
      rows += batch.rows;
    }
    yield { range, rows, sha256: hash.digest() };
  }
}
