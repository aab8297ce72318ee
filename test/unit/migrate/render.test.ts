import { describe, expect, it } from "vitest";
import type { StepStatus } from "../../../src/commands/migrate-status.ts";
import type { StoreName } from "../../../src/stores/store.ts";
import { render as renderInit } from "../../../src/ui/human/init.ts";
import { render as renderDown } from "../../../src/ui/human/migrate-down.ts";
import { render as renderStatus } from "../../../src/ui/human/migrate-status.ts";
import { render as renderUp } from "../../../src/ui/human/migrate-up.ts";
import { render as renderReset } from "../../../src/ui/human/reset.ts";
import { createStyle } from "../../../src/ui/human/style.ts";

const style = await createStyle({ width: 80, colorLevel: 0, unicode: true });

function step(version: string, store: StoreName, changes: Partial<StepStatus> = {}): StepStatus {
  return {
    version,
    name: "step",
    store,
    state: "applied",
    absence: null,
    statementsApplied: null,
    statementsTotal: null,
    startedAt: null,
    durationMs: null,
    error: null,
    ...changes,
  };
}

describe("migrate status for humans", () => {
  it("has a line a version and a column a store, then what is wrong", () => {
    const text = renderStatus(
      {
        steps: [
          step("0001", "postgres"),
          step("0001", "clickhouse", { state: "edited" }),
          step("0002", "postgres", { state: "pending" }),
          step("0003", "postgres", { state: "pending", error: "no such type" }),
          step("0003", "clickhouse", { state: "half applied", statementsApplied: 1, statementsTotal: 3 }),
          step("0003", "redis", { state: "not checked", absence: "skipped" }),
        ],
        heads: [{ store: "postgres", version: "0001", chain: "c", revisions: 1 }],
        uninitialised: [],
        problems: [
          {
            code: "CHECKSUM_MISMATCH",
            store: null,
            version: null,
            file: null,
            message: "it was edited",
            hint: "undo it",
          },
        ],
        applied: 1,
        pending: 2,
      },
      style,
    );
    expect(text.split("\n").map((line) => line.trimEnd())).toEqual([
      "version    postgres         clickhouse          redis",
      "0001_step  ✓ applied        ✗ edited            -",
      "0002_step  pending          -                   -",
      "0003_step  pending, failed  ✗ half applied 1/3  skipped",
      "",
      "heads: postgres 0001 (1 step)",
      "✗ it was edited",
      "  fix: undo it",
      "",
      "1 step applied, 2 pending, 1 problem",
    ]);
  });

  it("does not list a thousand versions that are applied everywhere", () => {
    const steps = Array.from({ length: 1000 }, (_, index) =>
      step(String(index + 1).padStart(4, "0"), "postgres"),
    );
    const data = { steps, heads: [], uninitialised: [], problems: [], applied: 1000, pending: 0 };
    const lines = renderStatus(data, style).split("\n");
    expect(lines[0]).toBe("990 earlier versions applied everywhere");
    expect(lines).toHaveLength(1 + 1 + 10 + 1 + 1);
  });

  it("says how to begin", () => {
    const data = { steps: [], heads: [], uninitialised: [], problems: [], applied: 0, pending: 0 };
    expect(renderStatus(data, style)).toContain("dbctl migrate create");
  });
});

describe("what was done, for humans", () => {
  it("names a step that went on where it had stopped", () => {
    const result = {
      version: "0001",
      name: "a",
      store: "clickhouse" as const,
      statements: 5,
      resumedAt: 2,
      durationMs: 20,
    };
    const data = { dryRun: false, applied: [result], planned: [], chained: ["x"], alreadyApplied: 3 };
    const text = renderUp(data, style);
    expect(text).toMatch(/✓ {2}0001_a {3}clickhouse {2}3 of 5, resumed {2}20 ms/);
    expect(text).toContain("1 file added to dbctl.sum");
    expect(renderUp({ ...data, applied: [], chained: [] }, style)).toBe(
      "nothing to apply: 3 steps applied already",
    );
    expect(renderDown({ dryRun: false, undone: [], planned: [] }, style)).toBe("nothing to undo");
  });

  it("prints statements that can be run as they are", () => {
    const planned = {
      version: "0001",
      name: "a",
      store: "postgres" as const,
      file: "migrations/0001_a/postgres.up.sql",
      transaction: false,
      resumedAt: 1,
      statements: [{ line: 3, text: "SELECT 1" }],
    };
    const data = { dryRun: true, applied: [], planned: [planned], chained: [], alreadyApplied: 0 };
    expect(renderUp(data, style)).toBe(
      "-- 0001_a, postgres: migrations/0001_a/postgres.up.sql (no transaction, from statement 2 on)\nSELECT 1;",
    );
    const statements = [
      { store: "postgres" as const, statements: ["CREATE DATABASE shop", "CREATE TABLE t (id int);\n"] },
      { store: "redis" as const, statements: [] },
    ];
    expect(renderInit({ dryRun: false, stores: [], statements }, style)).toBe(
      "-- postgres\nCREATE DATABASE shop;\nCREATE TABLE t (id int);\n\n-- redis: nothing to run beforehand",
    );
  });

  it("names what a reset leaves", () => {
    const store = {
      store: "postgres" as const,
      address: "h:1",
      namespace: "shop",
      undone: ["0001_a"],
      namespaceDropped: false,
    };
    const text = renderReset({ dryRun: false, stores: [{ ...store, dropped: ["b"], kept: ["c"] }] }, style);
    expect(text).toBe("✓ postgres at h:1, shop: 1 step undone; dropped b\n! not ours, left there: c");
    const foreseen = renderReset({ dryRun: true, stores: [{ ...store, dropped: [], kept: [] }] }, style);
    expect(foreseen).toContain("down scripts to run:     0001_a");
  });
});
