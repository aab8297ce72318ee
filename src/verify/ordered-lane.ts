import type { KeyRange, LeafDigest, OrderedReads, ReadOptions, RowBatch } from "../stores/store.ts";
import { channel } from "../util/channel.ts";
import { digestRanges } from "./digests.ts";
import { mergeGroups } from "./groups.ts";
import type { Lane, LaneInput } from "./lane.ts";
import type { Sides } from "./sides.ts";
import { countVerdict } from "./tally.ts";
import { isDifference, judge } from "./verdict.ts";

/** Leaves whose digests are asked for at once, while the source is read on. */
const SEGMENT_LEAVES = 256;
/** Segments that wait for the copy before the source does. */
const WAITING_SEGMENTS = 16;
/** Equal leaves between two unequal ones that are read along: cheaper than another round trip. */
const MAX_GAP_LEAVES = 4;

/** Compares a copy that keeps order: digests of leaves first, rows only where those are unequal. */
export function orderedLane(input: LaneInput, reads: OrderedReads): Lane {
  const segments = channel<readonly LeafDigest[]>(WAITING_SEGMENTS);
  let open: LeafDigest[] = [];
  return {
    async push(_batch, leaves) {
      open.push(...leaves);
      if (open.length < SEGMENT_LEAVES) return;
      const segment = open;
      open = [];
      await segments.send(segment);
    },
    async end(leaf) {
      await segments.send([...open, leaf]);
      segments.close();
    },
    fail: segments.fail,
    async run(signal) {
      for await (const segment of segments.items) await compareSegment(input, reads, segment, signal);
    },
  };
}

async function compareSegment(
  input: LaneInput,
  reads: OrderedReads,
  segment: readonly LeafDigest[],
  signal: AbortSignal,
): Promise<void> {
  const { tally, plan } = input;
  const copyRead = { signal, snapshot: plan.snapshot };
  const unequal: number[] = [];
  let index = 0;
  const ranges = segment.map((leaf) => leaf.range);
  for await (const digest of digestRanges(reads, plan.collection.projection, ranges, copyRead)) {
    const leaf = segment[index];
    if (leaf === undefined) break;
    tally.copyRows += digest.rows;
    if (!sameLeaf(leaf, digest)) unequal.push(index);
    index++;
  }
  if (index !== segment.length) throw new RangeError(`${index} digests for ${segment.length} ranges`);
  tally.leaves += segment.length;
  tally.leavesUnequal += unequal.length;
  for (const leaf of segment) tally.sourceRows += leaf.rows;

  const stretches = stretchesOf(unequal);
  for (const [position, leaf] of segment.entries()) {
    const isRead = stretches.some(({ first, last }) => first <= position && position <= last);
    if (!isRead) tally.equal += leaf.rows;
  }
  for (const { first, last } of stretches) {
    const range = { from: ranges[first]?.from ?? null, to: ranges[last]?.to ?? null };
    await compareRows(input, reads, range, copyRead);
  }
}

function sameLeaf(a: LeafDigest, b: LeafDigest): boolean {
  return a.rows === b.rows && (a.rows === 0 || Buffer.compare(a.sha256, b.sha256) === 0);
}

/** Runs of unequal leaves, small gaps closed. */
function stretchesOf(unequal: readonly number[]): readonly { first: number; last: number }[] {
  const stretches: { first: number; last: number }[] = [];
  for (const index of unequal) {
    const current = stretches.at(-1);
    if (current !== undefined && index - current.last <= MAX_GAP_LEAVES + 1) current.last = index;
    else stretches.push({ first: index, last: index });
  }
  return stretches;
}

async function compareRows(
  { source, sourceRead, plan, sides, confirmer, tally }: LaneInput,
  reads: OrderedReads,
  range: KeyRange,
  copyRead: ReadOptions,
): Promise<void> {
  if (source.ordered === undefined) return;
  const wanted = viewed(source.ordered.scan(range, { ...sourceRead, signal: copyRead.signal }), sides);
  for await (const pairs of mergeGroups(sides.projection, wanted, reads.scan(range, copyRead))) {
    for (const pair of pairs) {
      const verdict = judge(sides.projection, plan.role, pair);
      if (isDifference(verdict)) await confirmer.add(pair);
      else countVerdict(tally, verdict);
    }
  }
}

async function* viewed(rows: AsyncIterable<RowBatch>, { view }: Sides): AsyncGenerator<RowBatch> {
  for await (const batch of rows) {
    const part = view.batch(batch);
    if (part !== null) yield part;
  }
}
