import { describe, expect, it } from "vitest";
import type { Revision, StoreName } from "../../../src/stores/store.ts";
import { appliedRevisions, codes, files, headsOf, planOf, revision, states } from "./layer-of.ts";

const one = [files("0001", "postgres"), files("0001", "clickhouse")];
const two = [files("0002", "postgres"), files("0002", "clickhouse")];
const nothing = new Map<StoreName, Revision[]>([
  ["postgres", []],
  ["clickhouse", []],
]);

describe("states of steps", () => {
  it("orders by version, then the system of record first", () => {
    const plan = planOf([...two, files("0010", "postgres"), ...one.toReversed()], nothing);
    expect(states(plan)).toEqual([
      "0001/postgres pending",
      "0001/clickhouse pending",
      "0002/postgres pending",
      "0002/clickhouse pending",
      "0010/postgres pending",
    ]);
    expect(plan.problems).toEqual([]);
  });

  it("tells applied from pending", () => {
    const plan = planOf([...one, ...two], appliedRevisions(one));
    expect(states(plan).map((line) => line.split(" ").at(-1))).toEqual([
      "applied",
      "applied",
      "pending",
      "pending",
    ]);
    expect(codes(plan)).toEqual([]);
  });

  it("names an edited file and both hashes", () => {
    const [, clickhouse] = one;
    const edited = files("0001", "postgres", "up\n-- x 0001");
    const plan = planOf([edited, ...(clickhouse ? [clickhouse] : [])], appliedRevisions(one));
    expect(states(plan)[0]).toBe("0001/postgres edited");
    expect(codes(plan)).toEqual(["CHECKSUM_MISMATCH"]);
    const message = plan.problems[0]?.message ?? "";
    expect(message).toContain("migrations/0001_step/postgres.up.sql");
    expect(message).toContain(one[0]?.up.checksum);
    expect(message).toContain(edited.up.checksum);
  });

  it("lists a removed file", () => {
    const plan = planOf(one, appliedRevisions([...one, ...two]));
    expect(states(plan).slice(2)).toEqual(["0002/postgres removed", "0002/clickhouse removed"]);
    expect(codes(plan)).toEqual(["HISTORY_DIVERGED", "HISTORY_DIVERGED"]);
  });

  it("calls a renamed folder by its two names", () => {
    const renamed = [files("0001", "postgres", undefined, undefined, "other")];
    const plan = planOf(renamed, appliedRevisions([files("0001", "postgres")]));
    expect(codes(plan)).toEqual(["HISTORY_DIVERGED"]);
    expect(plan.problems[0]?.message).toContain("step");
  });

  it("tells half applied from half undone", () => {
    const [postgres] = appliedRevisions(one).get("postgres") ?? [];
    const half = (changes: Partial<Revision>) =>
      planOf(
        one,
        new Map([
          ["postgres", postgres ? [postgres] : []],
          ["clickhouse", [revision(files("0001", "clickhouse"), "c", { statementsTotal: 3, ...changes })]],
        ]),
        { heads: [] },
      );
    expect(states(half({}))[1]).toBe("0001/clickhouse half applied");
    expect(states(half({ direction: "down" }))[1]).toBe("0001/clickhouse half undone");
    expect(states(half({ statementsTotal: 1, statementInFlight: true }))[1]).toBe(
      "0001/clickhouse half applied",
    );
  });

  it("does not judge a store that was not read", () => {
    const plan = planOf(one, new Map([["postgres", []]]), { absences: new Map([["clickhouse", "skipped"]]) });
    expect(plan.steps[1]).toMatchObject({ state: "not checked", absence: "skipped" });
  });
});

describe("files out of order", () => {
  it("is a new file below the newest applied version", () => {
    const plan = planOf([...one, ...two], appliedRevisions(two));
    expect(codes(plan)).toEqual(["OUT_OF_ORDER", "OUT_OF_ORDER"]);
    expect(plan.problems[0]?.message).toContain("0001_step/postgres.up.sql");
  });

  it("is a new file in an applied version", () => {
    const plan = planOf(one, histories({ postgres: one.slice(0, 1), clickhouse: [] }));
    expect(states(plan)).toEqual(["0001/postgres applied", "0001/clickhouse out of order"]);
  });

  it("is not a file that an interrupted run left", () => {
    const applied = appliedRevisions([...one, ...two]);
    applied.set("clickhouse", []);
    const plan = planOf([...one, ...two], applied);
    expect(states(plan)[1]).toBe("0001/clickhouse pending");
    expect(codes(plan)).toEqual([]);
  });

  it("is not a file that was corrected after an interrupted run of its version", () => {
    const applied = appliedRevisions(one);
    applied.set("clickhouse", []);
    const corrected = [files("0001", "postgres"), files("0001", "clickhouse", "corrected")];
    expect(codes(planOf(corrected, applied))).toEqual([]);
  });

  it("stays what it is when an applied file is edited, too", () => {
    const applied = appliedRevisions([...one, ...two]);
    applied.set("clickhouse", []);
    const edited = [files("0001", "postgres", "edited"), files("0001", "clickhouse"), ...two];
    expect(states(planOf(edited, applied))).toEqual([
      "0001/postgres edited",
      "0001/clickhouse pending",
      "0002/postgres applied",
      "0002/clickhouse pending",
    ]);
  });

  it("is noticed by the head of a store that was not read", () => {
    const heads = headsOf(appliedRevisions(two));
    const plan = planOf([...one, ...two], new Map([["postgres", []]]), {
      heads: heads.filter(({ store }) => store === "clickhouse"),
    });
    expect(new Set(codes(plan))).toEqual(new Set(["OUT_OF_ORDER"]));
    expect(states(plan)).toContain("0001/postgres out of order");
  });

  it("is over once it has been applied", () => {
    const late = appliedRevisions(two);
    const all = appliedRevisions([...one, ...two]);
    for (const [store, revisions] of all)
      late.set(store, [...revisions.slice(0, 1), ...(late.get(store) ?? [])]);
    expect(codes(planOf([...one, ...two], late))).toEqual([]);
  });
});

describe("heads", () => {
  const applied = appliedRevisions([...one, ...two]);

  it("are drift when a history is gone, not nothing applied yet", () => {
    for (const lost of [null, []]) {
      const plan = planOf([...one, ...two], new Map([...applied, ["clickhouse", lost]]), {
        heads: headsOf(applied),
      });
      expect(codes(plan)[0]).toBe("HISTORY_MISSING");
      expect(plan.lost[0]).toMatchObject({ store: "clickhouse", version: "0002" });
      expect(plan.lost[0]?.message).toContain("2 applied steps up to 0002");
      expect(plan.uninitialised).toEqual([]);
    }
  });

  it("are drift when a history is behind, or is another one", () => {
    const revisions = applied.get("clickhouse") ?? [];
    for (const other of [
      revisions.slice(0, 1),
      revisions.slice(1),
      revisions.map((row) => ({ ...row, chain: "other" })),
    ]) {
      const plan = planOf([...one, ...two], new Map([...applied, ["clickhouse", other]]), {
        heads: headsOf(applied),
      });
      expect(plan.lost.map(({ code }) => code)).toEqual(["HISTORY_DIVERGED"]);
    }
  });

  it("follow a history that is ahead", () => {
    const plan = planOf([...one, ...two], applied, { heads: headsOf(appliedRevisions(one)) });
    expect(codes(plan)).toEqual([]);
    expect(plan.behindHeads).toEqual(headsOf(applied));
  });

  it("are missed when another store has a history", () => {
    const plan = planOf([...one, ...two], new Map([...applied, ["postgres", null]]), { heads: null });
    expect(plan.lost).toMatchObject([{ code: "HISTORY_MISSING", store: "postgres" }]);
    expect(plan.uninitialised).toEqual([]);
  });

  it("are not missed before init", () => {
    const fresh = new Map<StoreName, null>([
      ["postgres", null],
      ["clickhouse", null],
    ]);
    const plan = planOf(one, fresh, { heads: null });
    expect(codes(plan)).toEqual([]);
    expect(plan.uninitialised).toEqual(["postgres", "clickhouse"]);
  });

  it("say nothing when they were not read", () => {
    expect(planOf(one, appliedRevisions(one), { heads: undefined }).behindHeads).toEqual([]);
  });
});

function histories(
  steps: Partial<Record<StoreName, ReturnType<typeof files>[]>>,
): Map<StoreName, Revision[]> {
  return new Map(
    Object.entries(steps).map(([store, list]) => [
      store as StoreName,
      appliedRevisions(list).get(store as StoreName) ?? [],
    ]),
  );
}
