import type { Head, Revision, StoreName } from "../stores/store.ts";
import { type Problem, problem } from "./problem.ts";
import { isComplete } from "./steps.ts";
import { compareVersions } from "./version.ts";

export interface HeadsInput {
  /** Of the stores that were read. */
  readonly histories: ReadonlyMap<StoreName, readonly Revision[] | null>;
  /** The store that keeps the heads. */
  readonly headStore: StoreName;
  /** null: the table is not there. undefined: it was not read, so nothing is known. */
  readonly heads: readonly Head[] | null | undefined;
}

export interface HeadsFindings {
  readonly problems: readonly Problem[];
  /** Heads that lag behind their history, as after a crash between a step and its head: to be recorded. */
  readonly behind: readonly Head[];
}

/** The head that describes this history; null when nothing is applied. */
export function headOf(
  store: StoreName,
  applied: readonly { readonly version: string; readonly chain: string }[],
): Head | null {
  const newest = applied.toSorted((a, b) => compareVersions(a.version, b.version)).at(-1);
  return newest === undefined
    ? null
    : { store, version: newest.version, chain: newest.chain, revisions: applied.length };
}

/**
 * Compares what each store says of itself with what the head store remembers of it. A history may be ahead of its head,
 * never behind: a lost history is drift, not "nothing applied yet".
 */
export function checkHeads({ histories, headStore, heads }: HeadsInput): HeadsFindings {
  const problems: Problem[] = [];
  const behind: Head[] = [];
  if (heads === undefined) return { problems, behind };
  if (heads === null) return { problems: lostHeads(histories, headStore), behind };
  for (const [store, revisions] of histories) {
    const complete = (revisions ?? []).filter(isComplete);
    const head = heads.find((candidate) => candidate.store === store);
    const found = head === undefined ? null : checkHead(head, revisions, complete, headStore);
    if (found !== null) problems.push(found);
    const actual = headOf(store, complete);
    if (found === null && actual !== null && !sameHead(head, actual)) behind.push(actual);
  }
  return { problems, behind };
}

function checkHead(
  head: Head,
  revisions: readonly Revision[] | null,
  complete: readonly Revision[],
  headStore: StoreName,
): Problem | null {
  const { store, version } = head;
  const remembered = `${headStore} remembers ${count(head.revisions)} up to ${version}`;
  const details = { store, version, hint: remedy(store) };
  if (revisions === null || revisions.length === 0) {
    const what = revisions === null ? "is gone" : "is empty";
    return problem(
      "HISTORY_MISSING",
      `the migration history of ${store} ${what}, but ${remembered}`,
      details,
    );
  }
  if (complete.length < head.revisions) {
    const message = `the migration history of ${store} holds ${count(complete.length)}, but ${remembered}`;
    return problem("HISTORY_DIVERGED", message, details);
  }
  if (!complete.some((row) => compareVersions(row.version, version) === 0 && row.chain === head.chain)) {
    const message = `the migration history of ${store} is another one: ${remembered}, which it does not hold as such`;
    return problem("HISTORY_DIVERGED", message, details);
  }
  return null;
}

/** Without a table of heads nobody can tell a lost history from a new store. */
function lostHeads(
  histories: ReadonlyMap<StoreName, readonly Revision[] | null>,
  headStore: StoreName,
): Problem[] {
  const others = [...histories].filter(([, revisions]) => (revisions ?? []).length > 0);
  if (others.length === 0) return [];
  const known = others.map(([store, revisions]) => `${store} holds ${count(revisions?.length ?? 0)}`);
  const isWholeHistoryLost = (histories.get(headStore) ?? []).length === 0;
  const lost = isWholeHistoryLost ? "neither a migration history nor the heads" : "no heads";
  return [
    problem("HISTORY_MISSING", `${headStore} holds ${lost}, but ${known.join(", ")}`, {
      store: headStore,
      hint: isWholeHistoryLost
        ? `make sure that this is the right ${headStore}; ${remedy(headStore)}`
        : "run dbctl init: it records the heads anew from the histories that are there",
    }),
  ];
}

function sameHead(head: Head | undefined, actual: Head): boolean {
  return (
    head !== undefined &&
    head.revisions === actual.revisions &&
    head.chain === actual.chain &&
    compareVersions(head.version, actual.version) === 0
  );
}

function remedy(store: StoreName): string {
  return `restore ${store} from a backup; in development dbctl reset starts over`;
}

function count(revisions: number): string {
  return revisions === 1 ? "1 applied step" : `${revisions} applied steps`;
}
