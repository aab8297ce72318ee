import type { Head, Revision, StoreName } from "../stores/store.ts";
import type { StepFiles } from "./files.ts";
import { checkHeads } from "./heads.ts";
import { findLate } from "./order.ts";
import { type Problem, problem } from "./problem.ts";
import { type Absence, isComplete, pairSteps, type StepPair, stepChains } from "./steps.ts";
import type { Sum } from "./sum.ts";
import { checkSum } from "./sum-check.ts";
import { versionKey } from "./version.ts";

export type StepState =
  | "applied"
  /** Applied, but the file is another one now. */
  | "edited"
  /** In the history, but no file has it. */
  | "removed"
  | "pending"
  /** Pending, although newer versions, or others of its own version, were applied without it. */
  | "out of order"
  /** An up stopped after some of its statements. */
  | "half applied"
  /** A down stopped after some of its statements. */
  | "half undone"
  /** The store's history was not read; `absence` says why. */
  | "not checked";

export interface PlannedStep extends StepPair {
  readonly state: StepState;
  readonly absence: Absence | null;
  /** What its revision will say, or says, of the chain. */
  readonly chain: string;
}

export interface PlanInput {
  readonly files: readonly StepFiles[];
  /** Of every store that was read; null where there is none. */
  readonly histories: ReadonlyMap<StoreName, readonly Revision[] | null>;
  /** Why the others were not. */
  readonly absences: ReadonlyMap<StoreName, Absence>;
  readonly headStore: StoreName;
  /** null: the table is not there. undefined: not read. */
  readonly heads: readonly Head[] | null | undefined;
  readonly sum: Sum | null;
  /** Whether a file that dbctl.sum does not list may be applied (and then be added to it). */
  readonly mayExtendSum: boolean;
  /** The folder of migrations relative to the project, for messages. */
  readonly folder: string;
}

export interface Plan {
  /** In order: version, then system of record first. */
  readonly steps: readonly PlannedStep[];
  /** What keeps `up` from running, strongest first; empty when files, histories, heads and chain agree. */
  readonly problems: readonly Problem[];
  /** Those of them that say a history was lost or exchanged: nothing may run then, not even a down. */
  readonly lost: readonly Problem[];
  /** What does not keep anything from running, but somebody should know. */
  readonly remarks: readonly Problem[];
  /** As they are; null when there is no table of them, or it was not read. */
  readonly heads: readonly Head[] | null;
  /** Heads to record, since their history is ahead of them. */
  readonly behindHeads: readonly Head[];
  /** Stores that were read and have no history; they want `dbctl init`. */
  readonly uninitialised: readonly StoreName[];
}

/** Decides what is applied, what is to be done, and what is wrong. Pure: reads nothing, changes nothing. */
export function plan(input: PlanInput): Plan {
  const pairs = pairSteps(input.files, input.histories);
  const chains = stepChains(pairs);
  const late = findLate(pairs, chains, input);
  const steps = pairs.map((pair): PlannedStep => {
    const absence = input.histories.has(pair.store)
      ? null
      : (input.absences.get(pair.store) ?? "not configured");
    const state = stateOf(pair, absence, late.has(pair));
    return { ...pair, state, absence, chain: chains.get(pair) ?? "" };
  });
  const { problems: headProblems, behind } = checkHeads(input);
  const sum = checkSum(steps, input);
  return {
    steps,
    problems: [...headProblems, ...steps.flatMap(stepProblems), ...sum.problems, ...outOfOrder(steps)],
    lost: headProblems,
    remarks: sum.remarks,
    heads: input.heads ?? null,
    behindHeads: behind,
    uninitialised: uninitialised(input, headProblems),
  };
}

function stateOf({ files, revision }: StepPair, absence: Absence | null, isLate: boolean): StepState {
  if (absence !== null) return "not checked";
  if (revision === null) return isLate ? "out of order" : "pending";
  if (revision.direction === "down") return "half undone";
  if (files === null) return "removed";
  if (!isComplete(revision)) return "half applied";
  return revision.checksum === files.up.checksum && isSameName(revision, files) ? "applied" : "edited";
}

function isSameName(revision: Revision, files: StepFiles): boolean {
  return revision.name === files.name && versionKey(revision.version) === versionKey(files.version);
}

/** What is wrong with a step in itself. */
function stepProblems({ version, name, store, state, files, revision }: PlannedStep): Problem[] {
  if (state === "edited" && files !== null && revision !== null) {
    const { file, checksum } = files.up;
    if (revision.checksum === checksum) {
      const message = `${file}: ${store} applied version ${version} under the name ${revision.name}`;
      const hint = `give the folder its name back: ${revision.version}_${revision.name}`;
      return [problem("HISTORY_DIVERGED", message, { store, version, file, hint })];
    }
    const message = `${file} was edited after ${store} applied it: it was ${revision.checksum}, it is ${checksum}`;
    return [problem("CHECKSUM_MISMATCH", message, { store, version, file })];
  }
  if (state === "removed") {
    const message = `${store} has applied ${version}_${name}, but there is no file of it`;
    const hint =
      "bring the file back (is this checkout older than the store?), or run dbctl migrate down first";
    return [problem("HISTORY_DIVERGED", message, { store, version, hint })];
  }
  return [];
}

function outOfOrder(steps: readonly PlannedStep[]): Problem[] {
  return steps
    .filter(({ state }) => state === "out of order")
    .map(({ version, store, files }) => {
      const file = files?.up.file ?? null;
      const message = `${file} is new, but later steps were applied without it`;
      const hint = "renumber it so that it comes last, or run dbctl migrate up --allow-out-of-order";
      return problem("OUT_OF_ORDER", message, { store, version, file, hint });
    });
}

function uninitialised(
  { histories, heads, headStore }: PlanInput,
  headProblems: readonly Problem[],
): StoreName[] {
  const lost = new Set(headProblems.map(({ store }) => store));
  const stores = [...histories].filter(([, revisions]) => revisions === null).map(([store]) => store);
  if (heads === null && !stores.includes(headStore)) stores.unshift(headStore);
  return stores.filter((store) => !lost.has(store));
}
