import { asDbctlError } from "../errors.ts";
import type { Revision, Statement, Step, Store, StoreName } from "../stores/store.ts";
import { checksum } from "./checksum.ts";
import { parseDirectives } from "./directives.ts";
import { scriptLanguage, scriptPath } from "./layout.ts";
import type { Plan, PlannedStep } from "./plan.ts";
import type { PreparedStep } from "./prepare.ts";
import { type Problem, problem } from "./problem.ts";
import type { Sum } from "./sum.ts";
import { halfApplied } from "./unfinished.ts";
import { versionKey } from "./version.ts";

/** A recorded step, ready to be undone unless something speaks against it. */
export interface UndoStep extends PreparedStep {
  /** Why it may not be undone; null: it may. */
  readonly refusal: Problem | null;
}

export interface Undo {
  /** In the order of application: the runner goes through them backwards. */
  readonly steps: readonly UndoStep[];
  /** Down scripts whose file is another one than what will run. */
  readonly remarks: readonly Problem[];
}

export interface UndoOptions {
  readonly stores: ReadonlyMap<StoreName, Store>;
  /** How many versions, newest first; or which, as far as they are still there. */
  readonly versions: number | ReadonlySet<string>;
  readonly sum: Sum | null;
  /** The folder of migrations relative to the project. */
  readonly folder: string;
}

type Recorded = PlannedStep & { readonly revision: Revision };

/**
 * Undoes the newest versions that any store has, with the scripts that were stored when they were applied: what the
 * files say today plays no part, except as a witness. A stored script counts only when its hash stands in dbctl.sum, or
 * is that of the file; otherwise whoever can write a history could have dbctl run anything.
 */
export function planUndo(plan: Plan, options: UndoOptions): Undo {
  const recorded = plan.steps.filter((step): step is Recorded => step.revision !== null);
  const chosen = chooseVersions(recorded, options.versions);
  return {
    steps: chosen.map((planned) => undoStep(planned, options)),
    remarks: chosen.flatMap(differs),
  };
}

function chooseVersions(steps: readonly Recorded[], wanted: UndoOptions["versions"]): readonly Recorded[] {
  const versions = [...new Set(steps.map(({ version }) => versionKey(version)))];
  const chosen =
    typeof wanted === "number"
      ? new Set(versions.slice(Math.max(0, versions.length - wanted)))
      : new Set([...wanted].map(versionKey));
  return steps.filter(({ version }) => chosen.has(versionKey(version)));
}

function refusal(step: Recorded, { sum, folder }: UndoOptions): Problem | null {
  const { version, name, store, revision } = step;
  const half = halfApplied(step);
  if (half !== null) return half;
  if (revision.downBody === null) return noDown(step);
  const stored = checksum(revision.downBody);
  const path = scriptPath(`${revision.version}_${revision.name}`, store, "down");
  if (sum?.checksums.get(path) === stored || step.files?.down?.checksum === stored) return null;
  const message = `the down script that ${store} keeps of ${version}_${name} (${stored}) is neither the file's nor in dbctl.sum`;
  const hint = `restore ${folder}/${path} as it was when the step was applied`;
  return problem("CHECKSUM_MISMATCH", message, { store, version, file: `${folder}/${path}`, hint });
}

function noDown({ version, name, store }: Pick<Recorded, "version" | "name" | "store">): Problem {
  const message = `${version}_${name} has no down script for ${store}: it can't be undone`;
  const hint =
    "undo it by a new migration; a down script counts only if it is there when the step is applied";
  return problem("MIGRATION_INVALID", message, { store, version, hint });
}

function differs({ version, store, files, revision }: Recorded): Problem[] {
  const file = files?.down;
  if (revision.downBody === null || file === undefined || file === null) return [];
  if (file.checksum === checksum(revision.downBody)) return [];
  const message = `${file.file} is not the script that was stored when ${store} applied the step: the stored one runs`;
  return [
    problem("CHECKSUM_MISMATCH", message, { store, version, file: file.file, hint: "compare the two" }),
  ];
}

function undoStep(planned: Recorded, options: UndoOptions): UndoStep {
  const step = storedStep(planned, options.folder);
  const resume = planned.state === "half undone" ? planned.revision : null;
  let parsed: readonly Statement[] = [];
  let found = refusal(planned, options);
  if (found === null && step.down !== null) {
    try {
      parsed = options.stores.get(step.store)?.migrations.parse(step.down) ?? [];
      if (parsed.length === 0) found = noDown(planned);
    } catch (error) {
      const { code, message } = asDbctlError(error);
      found = problem(code, message, { store: step.store, version: step.version, file: step.down.file });
    }
  }
  return { step, resume, parsed, statements: parsed.length, refusal: found };
}

/** The step as its revision remembers it. */
function storedStep({ store, revision }: Recorded, folder: string): Step {
  const { version, name, checksum: hash, chain, upBody, downBody } = revision;
  const file = (direction: "up" | "down") =>
    `${folder}/${scriptPath(`${version}_${name}`, store, direction)}`;
  const { directives } = parseDirectives(downBody ?? "", scriptLanguage(store).comment);
  return {
    version,
    name,
    store,
    up: { file: file("up"), text: upBody },
    down: downBody === null ? null : { file: file("down"), text: downBody },
    checksum: hash,
    chain,
    directives,
  };
}
