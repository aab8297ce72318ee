import type { ScriptFile } from "./files.ts";
import { scriptPath } from "./layout.ts";
import type { PlannedStep, StepState } from "./plan.ts";
import { type Problem, problem } from "./problem.ts";
import { SUM_FILE, type Sum } from "./sum.ts";

export interface SumFindings {
  readonly problems: readonly Problem[];
  readonly remarks: readonly Problem[];
}

interface Options {
  readonly sum: Sum | null;
  readonly mayExtendSum: boolean;
  readonly folder: string;
}

/** States in which a step's up script is still to run, wholly or in part. */
const TO_RUN: ReadonlySet<StepState> = new Set(["pending", "out of order", "half applied"]);

/**
 * Compares the files with the committed chain. An up script that is not what the chain says is refused whether or not
 * it has been applied here: somewhere else it has. Down scripts run as they were stored, so an edited one is a remark.
 */
export function checkSum(steps: readonly PlannedStep[], { sum, mayExtendSum, folder }: Options): SumFindings {
  const sumFile = `${folder}/${SUM_FILE}`;
  const problems: Problem[] = [];
  const remarks: Problem[] = [];
  if (sum === null) {
    if (!mayExtendSum && steps.some(({ files }) => files !== null)) remarks.push(noSum(sumFile));
    return { problems, remarks };
  }
  const [fault] = sum.faults;
  if (fault !== undefined) {
    const message = `${sumFile}:${fault.line} ${fault.message}`;
    const hint = `restore ${sumFile}; after a merge, delete its lines from this one on and run dbctl migrate up in development`;
    return { problems: [problem("CHAIN_BROKEN", message, { file: sumFile, hint })], remarks };
  }
  const unseen = new Set(sum.checksums.keys());
  for (const step of steps) {
    const isToRun = TO_RUN.has(step.state) || step.state === "not checked";
    for (const script of [step.files?.up, step.files?.down]) {
      if (script === undefined || script === null) continue;
      unseen.delete(script.path);
      const listed = sum.checksums.get(script.path);
      const isDown = script === step.files?.down;
      if (listed === undefined) {
        if (!mayExtendSum && TO_RUN.has(step.state)) problems.push(unlisted(step, script, sumFile));
      } else if (listed !== script.checksum && step.state !== "edited") {
        const isRefused = isToRun || !isDown;
        (isRefused ? problems : remarks).push(edited(step, script, listed, sumFile, isRefused));
      }
    }
    if (step.files === null && step.revision !== null) {
      const stored = `${step.revision.version}_${step.revision.name}`;
      for (const direction of ["up", "down"] as const)
        unseen.delete(scriptPath(stored, step.store, direction));
    }
  }
  for (const path of unseen) {
    const message = `${sumFile} lists ${path}, but there is no such file`;
    const file = `${folder}/${path}`;
    if (/\.down\.[^.]+$/.test(path)) remarks.push(problem("CHAIN_BROKEN", message, { file }));
    else problems.push(problem("CHAIN_BROKEN", message, { file, hint: `bring ${file} back` }));
  }
  return { problems, remarks };
}

function noSum(sumFile: string): Problem {
  return problem(
    "CHAIN_BROKEN",
    `there is no ${sumFile}: nothing tells whether these files are the tested ones`,
    {
      file: sumFile,
      hint: "run dbctl migrate up in development: it writes the file; commit it",
    },
  );
}

function unlisted(step: PlannedStep, { file }: ScriptFile, sumFile: string): Problem {
  return problem("CHAIN_BROKEN", `${file} is not in ${sumFile}`, {
    store: step.store,
    version: step.version,
    file,
    hint: `run dbctl migrate up in development: it adds the file to ${sumFile}; commit that`,
  });
}

function edited(
  { store, version }: PlannedStep,
  { file, path, checksum }: ScriptFile,
  listed: string,
  sumFile: string,
  isRefused: boolean,
): Problem {
  const message = `${file} was edited: ${sumFile} says ${listed}, it is ${checksum}`;
  const hint = isRefused
    ? `restore the file; only if no other database has applied it, delete the lines of ${sumFile} from ${path} on`
    : "down runs the script as it was stored when the step was applied";
  return problem("CHECKSUM_MISMATCH", message, { store, version, file, hint });
}
