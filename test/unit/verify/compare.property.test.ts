import fc from "fast-check";
import { expect, test } from "vitest";
import { RootHasher } from "../../../src/encoding/digest.ts";
import { compareEntity } from "../../../src/verify/compare.ts";
import type { Difference } from "../../../src/verify/difference.ts";
import { repair } from "../../../src/verify/repair.ts";
import { differencesIn, stateOf } from "../../../src/verify/tally.ts";
import { type Planted, planted } from "./planted.ts";
import { COPY_KINDS, compareOptions, type Row, scenario, tupleOf } from "./scenario.ts";

const RUNS = { numRuns: 25 };

test.each(COPY_KINDS)("%s: what was planted is found, and nothing else", async (kind) => {
  await fc.assert(
    fc.asyncProperty(planted, async ({ source, copy, expected }) => {
      const { plan } = await scenario(source, copy, { kind });
      const { rows, root, copies } = await compareEntity(plan, compareOptions());
      const [outcome] = copies;
      const counts = countsOf(expected);

      expect(named(outcome?.differences ?? [])).toEqual(withoutSpelling(expected));
      expect(outcome?.counts).toMatchObject({
        ...counts,
        sourceRows: source.length,
        copyRows: copy.length,
        converging: 0,
      });
      const present = (counts.different ?? 0) + (counts.duplicate ?? 0) + (counts.missing ?? 0);
      expect(outcome?.counts.equal).toBe(source.length - present - (counts.spelling ?? 0));
      expect(rows).toBe(source.length);
      expect(root.toString("hex")).toBe(rootOf(source));
    }),
    RUNS,
  );
});

test.each(COPY_KINDS)(
  "%s: a repair makes the copy equal, and a second one finds nothing to do",
  async (kind) => {
    await fc.assert(
      fc.asyncProperty(planted, async ({ source, copy, expected }) => {
        const { plan } = await scenario(source, copy, { kind });
        const target = plan.copies[0];
        if (target === undefined) throw new Error("no copy");
        const options = { signal: new AbortController().signal, deleteExtra: true, dryRun: false, limit: 5 };
        const [found] = (await compareEntity(plan, compareOptions())).copies;
        const [done] = await repair(
          [{ source: plan.source, copy: target, keys: found?.keys ?? never() }],
          options,
        );
        const counts = countsOf(expected);
        expect(done?.deleted).toBe(counts.extra ?? 0);
        expect(done?.written).toBe((counts.missing ?? 0) + (counts.different ?? 0) + (counts.duplicate ?? 0));

        const [after] = (await compareEntity(plan, compareOptions())).copies;
        expect(stateOf(after?.counts ?? never())).toBe("equal");
        expect(differencesIn(after?.counts ?? never())).toBe(0);
        const [again] = await repair(
          [{ source: plan.source, copy: target, keys: found?.keys ?? never() }],
          options,
        );
        expect(again).toMatchObject({ written: 0, deleted: 0, changed: found?.keys.size });
      }),
      RUNS,
    );
  },
);

function named(differences: readonly Difference[]): Record<string, string> {
  return Object.fromEntries(
    differences.map(({ kind, key, columns }) => [
      `${key.region}/${key.id}`,
      [kind, ...columns.map(({ field }) => field)].join(" "),
    ]),
  );
}

function withoutSpelling(expected: Planted["expected"]) {
  return Object.fromEntries(Object.entries(expected).filter(([, kind]) => kind !== "spelling"));
}

function countsOf(expected: Planted["expected"]): Partial<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const kind of Object.values(expected)) {
    const [name = ""] = kind.split(" ");
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** By the definition in src/encoding, over all fields. */
function rootOf(rows: readonly Row[]): string {
  const hasher = new RootHasher();
  for (const row of rows) hasher.add(tupleOf(row));
  return hasher.digest().toString("hex");
}

function never(): never {
  throw new Error("there is no outcome");
}
