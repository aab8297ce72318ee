import type { MigrateDownData } from "../../commands/migrate-down.ts";
import { countOf, previewText, resultTable } from "./migrate-steps.ts";
import type { Render } from "./style.ts";

/** What was undone, or with --dry-run the statements that would be run. */
export const render: Render<MigrateDownData> = ({ dryRun, undone, planned }, style) => {
  if (dryRun) return planned.length === 0 ? "nothing to undo" : previewText(planned, style);
  if (undone.length === 0) return "nothing to undo";
  return [resultTable(undone, style), "", `${countOf(undone.length, "step")} undone`].join("\n");
};
