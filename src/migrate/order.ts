import type { Head, Revision, StoreName } from "../stores/store.ts";
import { compareSteps, isComplete, type StepPair } from "./steps.ts";
import { compareVersions } from "./version.ts";

interface Histories {
  readonly histories: ReadonlyMap<StoreName, readonly Revision[] | null>;
  readonly heads: readonly Head[] | null | undefined;
}

/** A step that was applied, and whether its chain value is the one that today's files lead to. */
interface Witness {
  readonly version: string;
  readonly agrees: boolean;
}

/**
 * Steps that are not applied although their version, or a newer one, has been applied without them. A step that was
 * there then and was only not reached (the run stopped, the store was skipped) is not late: the chain value of a later
 * applied step proves that, since it covers every file before it and the names of all files in its version.
 */
export function findLate(
  pairs: readonly StepPair[],
  chains: ReadonlyMap<StepPair, string>,
  { histories, heads }: Histories,
): ReadonlySet<StepPair> {
  const witnesses: Witness[] = [];
  for (const pair of pairs) {
    if (pair.revision === null || !isComplete(pair.revision)) continue;
    witnesses.push({ version: pair.version, agrees: chains.get(pair) === pair.revision.chain });
  }
  for (const head of heads ?? []) {
    if (histories.has(head.store)) continue;
    const pair = pairs.find((candidate) => compareSteps(candidate, head) === 0);
    witnesses.push({ version: head.version, agrees: pair !== undefined && chains.get(pair) === head.chain });
  }
  const newest = newestVersion(witnesses);
  const newestProof = newestVersion(witnesses.filter(({ agrees }) => agrees));
  return new Set(
    pairs.filter(
      ({ version, store, revision }) =>
        revision === null && histories.has(store) && isUpTo(version, newest) && !isUpTo(version, newestProof),
    ),
  );
}

function newestVersion(witnesses: readonly Witness[]): string | null {
  return witnesses.reduce<string | null>(
    (newest, { version }) => (newest === null || compareVersions(version, newest) > 0 ? version : newest),
    null,
  );
}

function isUpTo(version: string, limit: string | null): boolean {
  return limit !== null && compareVersions(version, limit) <= 0;
}
