import type { Key, KeyRange } from "../store.ts";
import { type KeyForm, keyBytes, keyNumber } from "./key.ts";
import { hex } from "./sql.ts";

/** Which range a row falls into, computed in the engine. */
export interface Cut {
  /** Number of boundaries at or below the row's key; to be selected as `dbctl_leaf`. */
  readonly expression: string;
  /** What shuts out rows that lie between the ranges, where there is such a place; speaks of `dbctl_leaf`. */
  readonly conditions: readonly string[];
  /** Index of the range behind a value of `expression`; null for a gap. */
  rangeOf(rank: number): number | null;
}

/** @param ranges disjoint and ascending; rows outside of their hull are the caller's to shut out */
export function cutRanges(form: KeyForm, ranges: readonly KeyRange[]): Cut {
  const { boundaries, owners } = boundariesOf(form, ranges);
  const expression =
    form.kind === "number"
      ? numberRank(form.expression, boundaries.map(keyNumber))
      : bytesRank(
          form.expression,
          boundaries.map((key) => keyBytes(form, key)),
        );
  const hasGap = owners.slice(1, -1).includes(null);
  const flags = owners.map((owner) => (owner === null ? 0 : 1)).join(",");
  return {
    expression,
    conditions: hasGap ? [`arrayElement(CAST('[${flags}]', 'Array(UInt8)'), dbctl_leaf + 1) = 1`] : [],
    rangeOf: (rank) => owners[rank] ?? null,
  };
}

/** Distinct ends of the ranges, ascending, and the range between each two of them: `owners[n]` has n ends below it. */
function boundariesOf(form: KeyForm, ranges: readonly KeyRange[]) {
  const boundaries: Key[] = [];
  const owners: (number | null)[] = [null];
  const isLast = (key: Key) => {
    const last = boundaries.at(-1);
    return last !== undefined && Buffer.compare(keyBytes(form, last), keyBytes(form, key)) === 0;
  };
  ranges.forEach(({ from, to }, index) => {
    if (from !== null && !isLast(from)) {
      boundaries.push(from);
      owners.push(index);
    } else owners[boundaries.length] = index;
    if (to === null || isLast(to)) return;
    boundaries.push(to);
    owners.push(null);
  });
  return { boundaries, owners };
}

/** roundDown finds the greatest element that is not above a number, by bisection. */
function numberRank(key: string, boundaries: readonly bigint[]): string {
  if (boundaries.length === 0) return "0";
  const lowest = -(2n ** 63n);
  const ranks = boundaries[0] === lowest ? [] : [0];
  const steps = boundaries[0] === lowest ? boundaries : [lowest, ...boundaries];
  ranks.push(...boundaries.map((_, index) => index + 1));
  return rankOfStep(key, steps, ranks);
}

/** `ranks` at the greatest of `steps` (ascending, the first below every number) that is not above `number`. */
function rankOfStep(number: string, steps: readonly bigint[], ranks: readonly number[]): string {
  const list = `CAST('[${steps.join(",")}]', 'Array(Int64)')`;
  return `transform(roundDown(${number}, ${list}), ${list}, CAST('[${ranks.join(",")}]', 'Array(UInt32)'))`;
}

const CHUNK_BYTES = 7;

/**
 * The boundaries' common prefix says nothing; the next seven bytes of the key, as a number, narrow it down to the
 * boundaries that share them, and bisection by comparing whole keys finds the place among these.
 */
function bytesRank(key: string, boundaries: readonly Buffer[]): string {
  const first = boundaries[0];
  const last = boundaries.at(-1);
  if (first === undefined || last === undefined) return "0";
  const skipped = commonPrefix(first, last);
  const below = new Map<bigint, number>([[-1n, 0]]);
  const clumps = new Map<bigint, number>();
  boundaries.forEach((boundary, index) => {
    const chunk = chunkOf(boundary, skipped);
    if (!below.has(chunk)) below.set(chunk, index);
    clumps.set(chunk, (clumps.get(chunk) ?? 0) + 1);
  });
  const taken = `substring(${key}, ${skipped + 1}, ${CHUNK_BYTES})`;
  const padded = `concat('\\0', ${taken}, '${"\\0".repeat(CHUNK_BYTES)}')`;
  const chunk = `byteSwap(reinterpretAsInt64(substring(${padded}, 1, 8)))`;
  const rank = rankOfStep(chunk, [...below.keys()], [...below.values()]);
  const within = bisection(key, rank, boundaries, Math.max(...clumps.values()));
  return `multiIf(${key} < ${hex(first)}, 0, ${key} >= ${hex(last)}, ${boundaries.length}, ${within})`;
}

/** `rank` raised by as many of the `most` boundaries above it as are at or below the key. */
function bisection(key: string, rank: string, boundaries: readonly Buffer[], most: number): string {
  let step = 1;
  while (step * 2 <= most) step *= 2;
  // Looking past the end finds something above every key.
  const highest = `'${"\\xff".repeat(Math.max(...boundaries.map(({ length }) => length)) + 1)}'`;
  const list = [...boundaries.map(hex), ...Array.from({ length: step * 2 }, () => highest)].join(",");
  let place = rank;
  for (let first = true; step >= 1; step /= 2, first = false) {
    const all = first ? `([${list}] AS dbctl_boundaries)` : "dbctl_boundaries";
    const from = `dbctl_place_${step}`;
    place = `${from} + ${step} * (${key} >= arrayElement(${all}, (${place} AS ${from}) + ${step}))`;
  }
  return place;
}

function chunkOf(boundary: Buffer, skipped: number): bigint {
  const padded = Buffer.alloc(8);
  boundary.copy(padded, 1, skipped, skipped + CHUNK_BYTES);
  return padded.readBigInt64BE();
}

function commonPrefix(a: Buffer, b: Buffer): number {
  const size = Math.min(a.length, b.length);
  let index = 0;
  while (index < size && a[index] === b[index]) index++;
  return index;
}
