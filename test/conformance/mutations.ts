/** Ways to break one contract each: the suite must notice every one of them. */
import type { Store } from "../../src/stores/store.ts";
import { digestMutations } from "./mutations/digests.ts";
import { lifecycleMutations } from "./mutations/lifecycle.ts";
import { migrationMutations } from "./mutations/migrations.ts";
import { readMutations } from "./mutations/reads.ts";
import { writeMutations } from "./mutations/writes.ts";

export interface Mutation {
  /** What is broken, as a sentence without its subject: `scan drops the last row`. */
  readonly name: string;
  /** The beginning of the names of the tests that are to notice. */
  readonly part: string;
  /** What a store must have to be broken so. */
  readonly needs?: "lock" | "snapshot";
  /** The store with the fault. */
  apply(store: Store): Store;
}

export const MUTATIONS: readonly Mutation[] = [
  ...readMutations,
  ...digestMutations,
  ...writeMutations,
  ...migrationMutations,
  ...lifecycleMutations,
];

/** `store`, with the fault that DBCTL_MUTATION names; itself when it names none. */
export function mutated(store: Store): Store {
  const name = process.env.DBCTL_MUTATION;
  if (!name) return store;
  const mutation = MUTATIONS.find((candidate) => candidate.name === name);
  if (mutation === undefined) throw new Error(`there is no mutation ${name}`);
  return mutation.apply(store);
}
