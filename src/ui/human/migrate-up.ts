import type { MigrateUpData } from "../../commands/migrate-up.ts";
import { countOf, previewText, resultTable } from "./migrate-steps.ts";
import type { Render } from "./style.ts";

/** What was applied, or with --dry-run the statements that would be run. */
export const render: Render<MigrateUpData> = (data, style) => {
  const { dryRun, applied, planned, chained, alreadyApplied } = data;
  if (dryRun) {
    if (planned.length === 0) return `nothing to apply: ${countOf(alreadyApplied, "step")} applied already`;
    return previewText(planned, style);
  }
  const chain =
    chained.length === 0
      ? []
      : [`${countOf(chained.length, "file")} added to dbctl.sum: commit it with them`];
  if (applied.length === 0) {
    return [`nothing to apply: ${countOf(alreadyApplied, "step")} applied already`, ...chain].join("\n");
  }
  return [resultTable(applied, style), "", `${countOf(applied.length, "step")} applied`, ...chain].join("\n");
};
