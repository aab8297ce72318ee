import type { Revision, Statement } from "../stores/store.ts";
import { cumulativeHashes } from "../util/statement-hashes.ts";
import { type Problem, problem } from "./problem.ts";

/**
 * Whether a half-applied step may go on at statement k + 1: the first k statements of its script must be those that ran.
 * What comes after them may have been corrected. null: it may.
 */
export function checkResume(
  revision: Revision,
  script: { readonly file: string; readonly statements: readonly Statement[] },
  details: Pick<Problem, "store" | "version">,
): Problem | null {
  const { statementsApplied, statementHashes } = revision;
  const { file, statements } = script;
  const hint = "restore the statements that have run; what comes after them may be changed";
  if (statements.length < statementsApplied) {
    const message = `${file} has ${statements.length} statements, but ${statementsApplied} of it have been applied`;
    return problem("CHECKSUM_MISMATCH", message, { ...details, file, hint });
  }
  const hashes = cumulativeHashes(statements.slice(0, statementsApplied).map(({ text }) => text));
  const changed = hashes.findIndex((hash, index) => hash !== statementHashes[index]);
  if (changed < 0) return null;
  const line = statements[changed]?.line ?? 1;
  const message = `${file}:${line} statement ${changed + 1} was edited after it had been applied`;
  return problem("CHECKSUM_MISMATCH", message, { ...details, file, hint });
}
