import type { Verdict } from "./verdict.ts";

/** Keys of one comparison by what became of them; rows and leaves beside. All exact. */
export interface Counts {
  /** Rows that the copy should hold, and those it was found to hold. */
  readonly sourceRows: number;
  readonly copyRows: number;
  readonly equal: number;
  readonly missing: number;
  readonly extra: number;
  readonly different: number;
  readonly duplicate: number;
  /** Kept changing while they were read again: nothing is known of them. */
  readonly converging: number;
  /** Equal but for the spelling of numbers within JSON. */
  readonly spelling: number;
  /** Not cached, and need not be. */
  readonly absent: number;
  /** Have left the source, and an archive may keep them. */
  readonly archived: number;
  /** Digests compared, and those that were not equal. None where the copy keeps no order. */
  readonly leaves: number;
  readonly leavesUnequal: number;
}

export type Tally = { -readonly [Name in keyof Counts]: Counts[Name] };

export function newTally(): Tally {
  return {
    sourceRows: 0,
    copyRows: 0,
    equal: 0,
    missing: 0,
    extra: 0,
    different: 0,
    duplicate: 0,
    converging: 0,
    spelling: 0,
    absent: 0,
    archived: 0,
    leaves: 0,
    leavesUnequal: 0,
  };
}

/** Counts one key. */
export function countVerdict(tally: Tally, verdict: Verdict | "converging"): void {
  if (verdict !== "gone") tally[verdict]++;
}

export type State = "equal" | "different" | "inconclusive";

export function stateOf(counts: Counts): State {
  if (counts.missing + counts.extra + counts.different + counts.duplicate > 0) return "different";
  return counts.converging > 0 ? "inconclusive" : "equal";
}

export function differencesIn(counts: Counts): number {
  return counts.missing + counts.extra + counts.different + counts.duplicate;
}
