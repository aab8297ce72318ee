import type { SeedCleanData } from "../../commands/seed-clean.ts";
import type { Render } from "./style.ts";

/** A line a place, in the order of deletion. */
export const render: Render<SeedCleanData> = ({ dryRun, places }, style) => {
  const head = ["", "entity", "place", dryRun ? "to delete" : "deleted", "time"];
  const rows = places.map(({ entity, place, reason, rows, durationMs }) =>
    reason === null
      ? [style.ok, entity, place, style.count(rows), style.duration(durationMs)]
      : [style.warn, entity, place, "left out", ""],
  );
  const total = places.reduce((sum, place) => sum + place.rows, 0);
  const table = style.table(head, rows, { align: ["left", "left", "left", "right", "right"] });
  return `${table}\n\n${style.rows(total)} ${dryRun ? "to be deleted" : "deleted"}`;
};
