import { encodeTuple } from "../encoding/tuple.ts";
import type { Key, RowBatch } from "../stores/store.ts";
import { channel } from "../util/channel.ts";
import { type Group, groupOf, groupsOf, keyOf, NO_ROWS } from "./groups.ts";
import type { Lane, LaneInput } from "./lane.ts";
import { countVerdict } from "./tally.ts";
import { isDifference, judge } from "./verdict.ts";

/** Keys looked up in the copy at once. */
const PROBE_KEYS = 1000;
/** Batches of source rows that wait for the copy before the source does. */
const WAITING_BATCHES = 4;

/**
 * Compares a copy without order: the source's rows against the copy's rows of the same keys, then the copy's count
 * against what was found, and its keys against the source only when the copy holds more.
 */
export function probingLane(input: LaneInput): Lane {
  const batches = channel<RowBatch>(WAITING_BATCHES);
  return {
    push: (batch) => batches.send(batch),
    async end() {
      batches.close();
    },
    fail: batches.fail,
    async run(signal) {
      let found = 0;
      let chunk: Group[] = [];
      for await (const groups of groupsOf(batches.items, input.sides.projection.keyLength)) {
        for (const group of groups) {
          chunk.push(group);
          if (chunk.length < PROBE_KEYS) continue;
          found += await probe(input, chunk, signal);
          chunk = [];
        }
      }
      if (chunk.length > 0) found += await probe(input, chunk, signal);
      await lookForExtras(input, found, signal);
    },
  };
}

/** Returns how many of the rows that the copy's count will count were found. */
async function probe(input: LaneInput, groups: readonly Group[], signal: AbortSignal): Promise<number> {
  const { plan, sides, confirmer, tally } = input;
  const { keyLength } = sides.projection;
  const keys = groups.map((source) => keyOf({ source, copy: NO_ROWS }, keyLength));
  const rows = await plan.collection.lookup(keys, { signal, snapshot: plan.snapshot });
  let found = 0;
  for (const [index, source] of groups.entries()) {
    const held = rows[index] ?? NO_ROWS;
    found += held.filter(sides.inScope).length;
    const pair = { source, copy: groupOf(held) };
    const verdict = judge(sides.projection, plan.role, pair);
    tally.sourceRows += source.length;
    if (isDifference(verdict)) await confirmer.add(pair);
    else countVerdict(tally, verdict);
  }
  return found;
}

async function lookForExtras(input: LaneInput, found: number, signal: AbortSignal): Promise<void> {
  const { plan, tally } = input;
  const copyRead = { signal, snapshot: plan.snapshot };
  tally.copyRows = await plan.collection.count(copyRead);
  if (tally.copyRows === found) return;
  if (plan.role === "archive") {
    tally.archived = Math.max(0, tally.copyRows - found);
    return;
  }
  const seen = new Set<string>();
  for await (const keys of plan.collection.keys(copyRead)) {
    for (let start = 0; start < keys.length; start += PROBE_KEYS) {
      await reportExtras(input, keys.slice(start, start + PROBE_KEYS), seen, signal);
    }
  }
}

/** `seen` keeps the extras, since `keys` may repeat itself. */
async function reportExtras(
  { source, sourceRead, plan, sides, confirmer, tally }: LaneInput,
  keys: readonly Key[],
  seen: Set<string>,
  signal: AbortSignal,
): Promise<void> {
  const rows = await source.lookup(keys, { ...sourceRead, signal });
  const lacking = keys.filter((key, index) => {
    const wanted = (rows[index] ?? NO_ROWS).some((tuple) => sides.view.tuple(tuple) !== null);
    if (wanted) return false;
    const name = nameOf(key);
    if (seen.has(name)) return false;
    seen.add(name);
    return true;
  });
  if (lacking.length === 0) return;
  const held = await plan.collection.lookup(lacking, { signal, snapshot: plan.snapshot });
  for (const group of held) {
    const pair = { source: NO_ROWS, copy: groupOf(group.filter(sides.inScope)) };
    const verdict = judge(sides.projection, plan.role, pair);
    if (isDifference(verdict)) await confirmer.add(pair);
    else countVerdict(tally, verdict);
  }
}

function nameOf(key: Key): string {
  return Buffer.from(encodeTuple(key)).toString("latin1");
}
