import { tupleKey } from "../../encoding/tuple.ts";
import type { Key, KeyRange, OrderedReads, ReadOptions } from "../store.ts";
import type { Target } from "./collection.ts";
import { digestRanges } from "./digest.ts";
import { rangeConditions, whereClause, whereConditions } from "./predicate.ts";
import { orderBy, selectList } from "./projection.ts";
import { readFew, readRows } from "./read.ts";

/** Reads in the declared order of the keys. */
export function orderedReads(target: Target): OrderedReads {
  const { connections, table, bound } = target;
  return {
    split: (rowsPerLeaf, options) => split(target, rowsPerLeaf, options),
    scan(range, options) {
      const conditions = [...rangeConditions(bound.key, range), ...whereConditions(bound)];
      const select =
        `SELECT ${selectList(bound.fields)} FROM ${table} AS t ${whereClause(conditions)} ` +
        `ORDER BY ${orderBy(bound)}`;
      return readRows(connections, select, options);
    },
    digest: (ranges, options) => digestRanges(target, ranges, options),
  };
}

async function split(
  { connections, table, bound }: Target,
  rowsPerLeaf: number,
  options: ReadOptions,
): Promise<readonly KeyRange[]> {
  const columns = bound.key.map(({ sql }) => sql).join(", ");
  const order = bound.key.map(({ ordered }) => ordered).join(", ");
  const ranked =
    `SELECT ${columns}, row_number() OVER (ORDER BY ${order}) AS _dbctl_rank ` +
    `FROM ${table} AS t ${whereClause(whereConditions(bound))}`;
  const select =
    `SELECT ${selectList(bound.key)} FROM (${ranked}) AS t ` +
    `WHERE (t._dbctl_rank - 1) % ${Math.trunc(rowsPerLeaf)} = 0 ORDER BY t._dbctl_rank`;
  const tuples = await readFew(connections, select, options, { timeoutMs: 0 });
  const [, ...keys] = distinctFollowing(tuples.map((tuple) => tupleKey(tuple, bound.key.length)));
  return [null, ...keys].map((from, index) => ({ from, to: keys[index] ?? null }));
}

/** Rows of one key may stand at several boundaries. */
function distinctFollowing(keys: readonly Key[]): readonly Key[] {
  return keys.filter((key, index) => {
    const before = keys[index - 1];
    return before === undefined || !isSame(before, key);
  });
}

function isSame(a: Key, b: Key): boolean {
  return a.every((field, index) => {
    const other = b[index] ?? null;
    return field === null || other === null ? field === other : Buffer.compare(field, other) === 0;
  });
}
