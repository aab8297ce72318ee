import { DbctlError } from "../../../src/errors.ts";
import type { Store } from "../../../src/stores/store.ts";
import type { Mutation } from "../mutations.ts";
import { inMigrations, inStore } from "./wrap.ts";

type WithLock = NonNullable<Store["withLock"]>;

const withLockBy = (make: (withLock: WithLock) => WithLock): Mutation["apply"] =>
  inStore((original) =>
    original.withLock === undefined ? null : { withLock: make(original.withLock.bind(original)) },
  );

export const migrationMutations: readonly Mutation[] = [
  {
    name: "a missing history is an empty one",
    part: "migrations: history",
    apply: inMigrations((original) => ({
      history: async (signal) => (await original.history(signal)) ?? [],
    })),
  },
  {
    name: "history comes newest first",
    part: "migrations: history",
    apply: inMigrations((original) => ({
      history: async (signal) => (await original.history(signal))?.toReversed() ?? null,
    })),
  },
  {
    name: "a statement is recorded before it has run",
    part: "migrations: apply",
    apply: inMigrations((original) => ({
      async history(signal) {
        const revisions = await original.history(signal);
        if (revisions === null) return null;
        return revisions.map((revision) =>
          revision.statementsApplied === revision.statementsTotal
            ? revision
            : { ...revision, statementsApplied: revision.statementsApplied + 1, statementInFlight: false },
        );
      },
    })),
  },
  {
    name: "a step is recorded although it failed",
    part: "migrations: apply",
    apply: inMigrations((original) => ({
      async apply(step, options) {
        await original.apply(step, options).catch(async (error) => {
          const empty = { file: "empty", text: "" };
          await original.apply({ ...step, up: empty, down: empty }, { ...options, resume: null });
          throw error;
        });
      },
    })),
  },
  {
    name: "apply begins at the first statement again",
    part: "migrations: apply",
    apply: inMigrations((original) => ({
      apply: (step, options) => original.apply(step, { ...options, resume: null }),
    })),
  },
  {
    name: "a failed statement is not named",
    part: "migrations: apply",
    apply: inMigrations((original) => ({
      async apply(step, options) {
        await original.apply(step, options).catch((error: unknown) => {
          if (!(error instanceof DbctlError)) throw error;
          throw new DbctlError(error.code, error.message, { store: error.store, hint: error.hint });
        });
      },
    })),
  },
  {
    name: "the revision loses the body of down",
    part: "migrations: history",
    apply: inMigrations((original) => ({
      history: async (signal) =>
        (await original.history(signal))?.map((revision) => ({ ...revision, downBody: null })) ?? null,
    })),
  },
  {
    name: "ensureHistory empties the history",
    part: "migrations: history",
    apply: inMigrations((original) => ({
      async ensureHistory(signal) {
        await original.ensureHistory(signal);
        await original.dropHistory(signal);
        await original.ensureHistory(signal);
      },
    })),
  },
  {
    name: "heads are never removed",
    part: "migrations: heads",
    apply: inMigrations((original) => ({
      recordHead: async (store, head, signal) => {
        if (head !== null) await original.recordHead(store, head, signal);
      },
    })),
  },
  {
    name: "the lock lets several in",
    part: "locks",
    needs: "lock",
    apply: withLockBy(
      () =>
        (_name, { signal }, run) =>
          run(signal),
    ),
  },
  {
    name: "the lock is kept when its run throws",
    part: "locks",
    needs: "lock",
    apply: withLockBy(
      (withLock) => (name, options, run) =>
        new Promise((resolve, reject) => {
          const keeping: typeof run = (signal) =>
            run(signal).catch((error) => {
              reject(error);
              return new Promise(() => {});
            });
          withLock(name, options, keeping).then(resolve, reject);
        }),
    ),
  },
  {
    name: "who holds the lock is not said",
    part: "locks",
    needs: "lock",
    apply: withLockBy((withLock) => async (name, options, run) => {
      try {
        return await withLock(name, options, run);
      } catch (error) {
        if (error instanceof DbctlError && error.code === "LOCK_HELD")
          throw new DbctlError("LOCK_HELD", error.message);
        throw error;
      }
    }),
  },
  {
    name: "all locks are one",
    part: "locks",
    needs: "lock",
    apply: withLockBy((withLock) => (_name, options, run) => withLock("the one", options, run)),
  },
  {
    name: "the loss of the lock is kept from its run",
    part: "locks",
    needs: "lock",
    apply: withLockBy(
      (withLock) => (name, options, run) => withLock(name, options, () => run(options.signal)),
    ),
  },
];
