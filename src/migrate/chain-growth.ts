import { checksum } from "./checksum.ts";
import type { ScriptFile } from "./files.ts";
import type { Plan, PlannedStep } from "./plan.ts";
import type { Sum } from "./sum.ts";
import { versionKey } from "./version.ts";

/**
 * What dbctl.sum is to list once the versions that are applied stand in it: its own lines, each hash as it was, and the
 * new files of every version that is applied in all stores this run could reach. null: nothing is new, or the file has
 * faults of its own.
 */
export function grownSum(plan: Plan, sum: Sum | null): GrownSum | null {
  if (sum !== null && sum.faults.length > 0) return null;
  const checksums = new Map(sum?.checksums);
  const added: string[] = [];
  for (const steps of byVersion(plan.steps)) {
    if (!isWhole(steps)) continue;
    for (const step of steps) {
      for (const script of newScripts(step)) {
        if (checksums.has(script.path)) continue;
        checksums.set(script.path, script.checksum);
        added.push(script.path);
      }
    }
  }
  return added.length === 0 ? null : { checksums, added };
}

export interface GrownSum {
  readonly checksums: ReadonlyMap<string, string>;
  /** Paths that were not listed before, in order. */
  readonly added: readonly string[];
}

function byVersion(steps: readonly PlannedStep[]): PlannedStep[][] {
  const versions = new Map<string, PlannedStep[]>();
  for (const step of steps) {
    const key = versionKey(step.version);
    const list = versions.get(key) ?? [];
    versions.set(key, list);
    list.push(step);
  }
  return [...versions.values()];
}

/** Applied wherever the project has a store for it, at least once. */
function isWhole(steps: readonly PlannedStep[]): boolean {
  return (
    steps.some(({ state }) => state === "applied") &&
    steps.every(({ state, absence }) => state === "applied" || absence === "not configured")
  );
}

/** A down script that is not the one stored with the step is no part of what was applied. */
function newScripts({ files, revision }: PlannedStep): ScriptFile[] {
  if (files === null) return [];
  const { up, down } = files;
  const stored = revision?.downBody;
  const isStored = typeof stored !== "string" || down === null || checksum(stored) === down.checksum;
  return down !== null && isStored ? [up, down] : [up];
}
