import type { Revision, StoreName } from "../stores/store.ts";
import { type ChainFile, chainOf } from "./chain.ts";
import { checksum } from "./checksum.ts";
import type { StepFiles } from "./files.ts";
import { scriptPath, storeOrder } from "./layout.ts";
import { compareVersions, versionKey } from "./version.ts";

/** Why a store's history was not read. */
export type Absence = "not configured" | "skipped" | "unavailable";

/** One version in one store: its files, its row in the store's history, or both. */
export interface StepPair {
  readonly version: string;
  readonly name: string;
  readonly store: StoreName;
  /** null: the history knows a step that no file has. */
  readonly files: StepFiles | null;
  /** null: nothing of it took effect, or the store's history was not read. */
  readonly revision: Revision | null;
  /** The trace of a run that failed before anything took effect: the step is pending all the same. */
  readonly attempt: Revision | null;
}

/** Whether every statement of the step took effect. */
export function isComplete(revision: Revision): boolean {
  return (
    revision.direction === "up" &&
    !revision.statementInFlight &&
    revision.statementsApplied === revision.statementsTotal
  );
}

/** Whether the revision says no more than that somebody tried. */
function isVoid({ direction, statementsApplied, statementsTotal, statementInFlight }: Revision): boolean {
  return direction === "up" && statementsApplied === 0 && statementsTotal > 0 && !statementInFlight;
}

/** Orders by version, then system of record first. */
export function compareSteps(
  a: { readonly version: string; readonly store: StoreName },
  b: { readonly version: string; readonly store: StoreName },
): number {
  return compareVersions(a.version, b.version) || storeOrder(a.store) - storeOrder(b.store);
}

/** Brings files and histories together, in order. A file's spelling of version and name wins. */
export function pairSteps(
  files: readonly StepFiles[],
  histories: ReadonlyMap<StoreName, readonly Revision[] | null>,
): readonly StepPair[] {
  const pairs = new Map<string, StepPair>();
  const key = (version: string, store: StoreName) => `${versionKey(version)}/${store}`;
  for (const step of files) {
    const { version, name, store } = step;
    pairs.set(key(version, store), { version, name, store, files: step, revision: null, attempt: null });
  }
  for (const [store, revisions] of histories) {
    for (const revision of revisions ?? []) {
      const { version, name } = revision;
      const known = pairs.get(key(version, store));
      if (known === undefined && isVoid(revision)) continue;
      const pair = known ?? { version, name, store, files: null };
      const [took, attempt] = isVoid(revision) ? [null, revision] : [revision, null];
      pairs.set(key(version, store), { ...pair, revision: took, attempt });
    }
  }
  return [...pairs.values()].sort(compareSteps);
}

/**
 * The chain value of every step, in the order of `pairs`: what is applied counts as it was applied, what is not as its
 * files are, so that editing a file does not look like adding one.
 */
export function stepChains(pairs: readonly StepPair[]): ReadonlyMap<StepPair, string> {
  const versions: ChainFile[][] = [];
  const last = new Map<StepPair, string>();
  let previous: StepPair | undefined;
  for (const pair of pairs) {
    const isNew = previous === undefined || compareVersions(previous.version, pair.version) !== 0;
    if (isNew) versions.push([]);
    const files = chainFiles(pair);
    versions.at(-1)?.push(...files);
    last.set(pair, files.at(-1)?.path ?? "");
    previous = pair;
  }
  const values = chainOf(versions);
  return new Map([...last].map(([pair, path]) => [pair, values.get(path) ?? ""]));
}

function chainFiles({ version, name, store, files, revision }: StepPair): ChainFile[] {
  if (files !== null && (revision === null || !isComplete(revision))) {
    return [files.up, ...(files.down === null ? [] : [files.down])];
  }
  if (revision === null) return [];
  const folder = `${revision.version || version}_${revision.name || name}`;
  const up = { path: scriptPath(folder, store, "up"), checksum: revision.checksum };
  if (revision.downBody === null) return [up];
  return [up, { path: scriptPath(folder, store, "down"), checksum: checksum(revision.downBody) }];
}
