import type { StoreName } from "../stores/store.ts";
import type { EntityOutcome } from "./compare.ts";
import type { CopyOutcome } from "./copy-run.ts";
import type { Difference } from "./difference.ts";
import { collectionName, type Role } from "./plan.ts";
import type { RepairOutcome } from "./repair.ts";
import { type Counts, differencesIn, type State, stateOf } from "./tally.ts";

/** What a comparison came to; `not checked` where it was left out or could not be finished. */
export type CheckState = State | "not checked";

/** One copy against its source. */
export interface CopyReport {
  /** `clickhouse:executions` */
  readonly copy: string;
  readonly store: StoreName;
  readonly role: Role;
  readonly state: CheckState;
  /** Why it was not checked; null otherwise. */
  readonly reason: string | null;
  readonly counts: Counts | null;
  /** Of all kinds together; exact. */
  readonly differencesTotal: number;
  /** The first of them, in key order. */
  readonly differences: readonly Difference[];
  /** True when `differences` lacks some. */
  readonly truncated: boolean;
  readonly durationMs: number;
  /** Of the source, compared. */
  readonly rowsPerSecond: number;
}

export interface EntityReport {
  readonly entity: string;
  /** `postgres:executions` */
  readonly source: string;
  readonly state: CheckState;
  readonly reason: string | null;
  /** Rows of the source. */
  readonly rows: number | null;
  /** SHA-256 over the leaves of the source, all fields; hex. */
  readonly root: string | null;
  readonly copies: readonly CopyReport[];
  readonly durationMs: number;
  readonly rowsPerSecond: number;
}

/** What a repair did to one copy, or would do. */
export interface RepairReport extends Readonly<RepairOutcome> {
  readonly entity: string;
  readonly copy: string;
  readonly store: StoreName;
  /** What the comparison before it had found. */
  readonly found: Counts;
  readonly differences: readonly Difference[];
}

export function copyReport({ plan, counts, differences, durationMs, failure }: CopyOutcome): CopyReport {
  const { ref } = plan.collection;
  const about = { copy: collectionName(ref), store: ref.store, role: plan.role };
  if (failure !== null) return uncheckedCopy(about, failure.message);
  const total = differencesIn(counts);
  return {
    ...about,
    state: stateOf(counts),
    reason: null,
    counts,
    differencesTotal: total,
    differences,
    truncated: differences.length < total,
    durationMs: Math.round(durationMs),
    rowsPerSecond: perSecond(counts.sourceRows, durationMs),
  };
}

export function uncheckedCopy(
  about: { readonly copy: string; readonly store: StoreName; readonly role: Role },
  reason: string,
): CopyReport {
  return {
    ...about,
    state: "not checked",
    reason,
    counts: null,
    differencesTotal: 0,
    differences: [],
    truncated: false,
    durationMs: 0,
    rowsPerSecond: 0,
  };
}

/** @param copies of the plan and those that were left out, in the order of the declaration */
export function entityReport(
  entity: string,
  source: string,
  { rows, root, durationMs }: EntityOutcome,
  copies: readonly CopyReport[],
): EntityReport {
  return {
    entity,
    source,
    state: worst(copies.map((copy) => copy.state)),
    reason: null,
    rows,
    root: root.toString("hex"),
    copies,
    durationMs: Math.round(durationMs),
    rowsPerSecond: perSecond(rows, durationMs),
  };
}

const BY_WEIGHT: readonly CheckState[] = ["different", "inconclusive", "not checked", "equal"];

/** Different before inconclusive before not checked; equal when there is nothing else. */
export function worst(states: readonly CheckState[]): CheckState {
  return BY_WEIGHT.find((state) => states.includes(state)) ?? "equal";
}

/** A rate in whole rows; 0 for no time at all. */
export function perSecond(rows: number, durationMs: number): number {
  return durationMs > 0 ? Math.round((rows * 1000) / durationMs) : 0;
}
