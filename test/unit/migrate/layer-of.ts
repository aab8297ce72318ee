import { checksum } from "../../../src/migrate/checksum.ts";
import { DEFAULT_DIRECTIVES } from "../../../src/migrate/directives.ts";
import type { ScriptFile, StepFiles } from "../../../src/migrate/files.ts";
import { headOf } from "../../../src/migrate/heads.ts";
import { scriptPath } from "../../../src/migrate/layout.ts";
import { type Plan, type PlanInput, plan } from "../../../src/migrate/plan.ts";
import { pairSteps, stepChains } from "../../../src/migrate/steps.ts";
import type { Head, Revision, StoreName } from "../../../src/stores/store.ts";
import { cumulativeHashes } from "../../../src/util/statement-hashes.ts";

/** Files of one step, without a disk. `down` null: there is none. */
export function files(
  version: string,
  store: StoreName,
  up = `up ${version} ${store}`,
  down: string | null = `down ${version} ${store}`,
  name = "step",
): StepFiles {
  const script = (direction: "up" | "down", text: string): ScriptFile => {
    const path = scriptPath(`${version}_${name}`, store, direction);
    return {
      path,
      file: `migrations/${path}`,
      text,
      checksum: checksum(text),
      directives: DEFAULT_DIRECTIVES,
    };
  };
  return { version, name, store, up: script("up", up), down: down === null ? null : script("down", down) };
}

/** The revisions that applying `steps`, all of them files then, leaves in their stores. */
export function appliedRevisions(steps: readonly StepFiles[]): Map<StoreName, Revision[]> {
  const pairs = pairSteps(steps, new Map());
  const chains = stepChains(pairs);
  const histories = new Map<StoreName, Revision[]>();
  for (const pair of pairs) {
    if (pair.files === null) continue;
    const list = histories.get(pair.store) ?? [];
    histories.set(pair.store, [...list, revision(pair.files, chains.get(pair) ?? "")]);
  }
  return histories;
}

export function revision(step: StepFiles, chain: string, changes: Partial<Revision> = {}): Revision {
  return {
    formatVersion: 1,
    version: step.version,
    name: step.name,
    checksum: step.up.checksum,
    chain,
    upBody: step.up.text,
    downBody: step.down?.text ?? null,
    direction: "up",
    statementsTotal: 1,
    statementsApplied: 1,
    statementInFlight: false,
    statementHashes: cumulativeHashes([step.up.text]),
    startedAt: "2026-01-01T00:00:00.000Z",
    durationMs: 1,
    user: "u",
    host: "h",
    dbctlVersion: "0.0.0",
    error: null,
    ...changes,
  };
}

export function headsOf(histories: ReadonlyMap<StoreName, readonly Revision[] | null>): Head[] {
  return [...histories].flatMap(([store, revisions]) => headOf(store, revisions ?? []) ?? []);
}

/** A plan of files and histories; heads match the histories unless they are given. */
export function planOf(
  steps: readonly StepFiles[],
  histories: ReadonlyMap<StoreName, readonly Revision[] | null>,
  changes: Partial<PlanInput> = {},
): Plan {
  return plan({
    files: steps,
    histories,
    absences: new Map(),
    headStore: "postgres",
    heads: headsOf(histories),
    sum: null,
    mayExtendSum: true,
    folder: "migrations",
    ...changes,
  });
}

/** `0001/postgres pending`, in order. */
export function states({ steps }: Plan): string[] {
  return steps.map(({ version, store, state }) => `${version}/${store} ${state}`);
}

export function codes({ problems }: Plan): string[] {
  return problems.map(({ code }) => code);
}
