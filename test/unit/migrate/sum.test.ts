import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { grownSum } from "../../../src/migrate/chain-growth.ts";
import type { StepFiles } from "../../../src/migrate/files.ts";
import { formatSum, parseSum } from "../../../src/migrate/sum.ts";
import { appliedRevisions, codes, files, planOf } from "./layer-of.ts";

const one = [files("0001", "postgres"), files("0001", "clickhouse")];
const two = [files("0002", "postgres"), files("0002", "clickhouse", undefined, null)];

function listed(steps: readonly StepFiles[]): Map<string, string> {
  const scripts = steps.flatMap(({ up, down }) => (down === null ? [up] : [up, down]));
  return new Map(scripts.map(({ path, checksum }) => [path, checksum]));
}

const sumOf = (steps: readonly StepFiles[]) => parseSum(formatSum(listed(steps)));

describe("dbctl.sum", () => {
  it("lists files in the order of the chain, whatever order they come in", () => {
    const text = formatSum(new Map([...listed([...two, ...one])].reverse()));
    expect(text.split("\n").map((line) => line.split(" ")[0])).toEqual([
      "0001_step/postgres.up.sql",
      "0001_step/postgres.down.sql",
      "0001_step/clickhouse.up.sql",
      "0001_step/clickhouse.down.sql",
      "0002_step/postgres.up.sql",
      "0002_step/postgres.down.sql",
      "0002_step/clickhouse.up.sql",
      "",
    ]);
    expect(parseSum(text)).toEqual({ checksums: listed([...one, ...two]), faults: [] });
  });

  it("notices any change of any character", () => {
    const text = formatSum(listed([...one, ...two]));
    fc.assert(
      fc.property(fc.nat(text.length - 2), fc.constantFrom("0", "f", "x", " ", "\n"), (at, replacement) => {
        fc.pre(text[at] !== replacement);
        const changed = text.slice(0, at) + replacement + text.slice(at + 1);
        expect(parseSum(changed).faults).not.toEqual([]);
      }),
    );
  });

  it("notices a line that is gone, moved, doubled or merged in", () => {
    const lines = formatSum(listed([...one, ...two]))
      .split("\n")
      .slice(0, -1);
    const broken = (changed: readonly string[]) => parseSum(`${changed.join("\n")}\n`).faults.length > 0;
    for (let index = 0; index < lines.length - 1; index++) {
      const line = lines[index] ?? "";
      expect(broken(lines.toSpliced(index, 1))).toBe(true);
      expect(broken([...lines.toSpliced(index, 1), line])).toBe(true);
      expect(broken(lines.toSpliced(index, 0, line))).toBe(true);
    }
    expect(broken(["<<<<<<< HEAD", ...lines])).toBe(true);
    expect(broken(lines)).toBe(false);
    expect(parseSum(lines.map((line) => `${line}\r\n`).join("")).faults).toEqual([]);
  });

  it("keeps a lone last line away from the version's other files", () => {
    const alone = parseSum(formatSum(listed(one)).split("\n").slice(0, 1).join("\n"));
    expect(alone.faults).toMatchObject([{ line: 1 }]);
  });
});

describe("files against the chain", () => {
  const fresh = () => new Map([...appliedRevisions(one)].map(([store]) => [store, []]));
  const edited = files("0001", "postgres", "edited");
  const withEdited = [edited, ...one.slice(1)];

  it("agree", () => {
    expect(codes(planOf([...one, ...two], appliedRevisions(one), { sum: sumOf([...one, ...two]) }))).toEqual(
      [],
    );
  });

  it("refuses an edited file that nothing here has applied", () => {
    const plan = planOf(withEdited, fresh(), { sum: sumOf(one) });
    expect(codes(plan)).toEqual(["CHECKSUM_MISMATCH"]);
    expect(plan.problems[0]?.message).toContain(edited.up.checksum);
    expect(plan.problems[0]?.message).toContain(one[0]?.up.checksum);
  });

  it("is not legalised by rewriting the chain", () => {
    expect(codes(planOf(withEdited, appliedRevisions(one), { sum: sumOf(withEdited) }))).toEqual([
      "CHECKSUM_MISMATCH",
    ]);
  });

  it("only remarks an edited down script of an applied step", () => {
    const changed = [files("0001", "postgres", undefined, "another down"), ...one.slice(1)];
    const plan = planOf(changed, appliedRevisions(one), { sum: sumOf(one) });
    expect(codes(plan)).toEqual([]);
    expect(plan.remarks).toMatchObject([{ code: "CHECKSUM_MISMATCH" }]);
    expect(codes(planOf(changed, fresh(), { sum: sumOf(one) }))).toEqual(["CHECKSUM_MISMATCH"]);
  });

  it("misses a file that is listed", () => {
    expect(codes(planOf(one, appliedRevisions(one), { sum: sumOf([...one, ...two]) }))).toEqual([
      "CHAIN_BROKEN",
      "CHAIN_BROKEN",
    ]);
  });

  it("wants new files listed only where the chain may not grow", () => {
    const changes = { sum: sumOf(one) };
    const steps = [...one, ...two];
    expect(codes(planOf(steps, appliedRevisions(one), changes))).toEqual([]);
    expect(new Set(codes(planOf(steps, appliedRevisions(one), { ...changes, mayExtendSum: false })))).toEqual(
      new Set(["CHAIN_BROKEN"]),
    );
    expect(planOf(steps, appliedRevisions(one), { mayExtendSum: false }).remarks).toHaveLength(1);
  });

  it("proves nothing once it is broken", () => {
    const plan = planOf(one, fresh(), { sum: parseSum("rubbish\n") });
    expect(plan.problems[0]?.message).toContain("migrations/dbctl.sum:1");
  });
});

describe("growth of the chain", () => {
  it("adds the files of versions that are applied everywhere", () => {
    const plan = planOf([...one, ...two], appliedRevisions([...one, ...two.slice(0, 1)]));
    expect(grownSum(plan, null)?.added).toEqual([...listed(one).keys()]);
    expect(grownSum(plan, sumOf(one))).toBeNull();
  });

  it("never changes a hash that is there", () => {
    const sum = sumOf([files("0001", "postgres", "other"), ...one.slice(1)]);
    const plan = planOf([...one, ...two], appliedRevisions([...one, ...two]));
    const grown = grownSum(plan, sum);
    expect(grown?.added).toEqual([...listed(two).keys()]);
    for (const [path, hash] of sum.checksums) expect(grown?.checksums.get(path)).toBe(hash);
  });

  it("counts stores that the project does not have as done, but not those that were left out", () => {
    const applied = appliedRevisions(one.slice(0, 1));
    expect(grownSum(planOf(one, applied), null)?.added).toHaveLength(4);
    const absences = new Map([["clickhouse", "skipped"]] as const);
    expect(grownSum(planOf(one, applied, { absences }), null)).toBeNull();
  });

  it("leaves out a down script that is not the stored one", () => {
    const changed = [files("0001", "postgres", undefined, "another down"), ...one.slice(1)];
    expect(grownSum(planOf(changed, appliedRevisions(one)), null)?.added).not.toContain(
      "0001_step/postgres.down.sql",
    );
  });

  it("does not touch a broken chain", () => {
    expect(grownSum(planOf(one, appliedRevisions(one)), parseSum("rubbish"))).toBeNull();
  });
});
