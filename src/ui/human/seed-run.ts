import type { SeedRunData } from "../../commands/seed-run.ts";
import { loadedTable } from "./loaded.ts";
import type { Render } from "./style.ts";

/** A line a place; then what was left out altogether, and how to make the same rows again. */
export const render: Render<SeedRunData> = (data, style) => {
  const { entities, skipped, dryRun, scale, randomSeed } = data;
  const lines = entities.flatMap(({ entity, places }) => places.map((place) => ({ entity, place })));
  const written = entities.reduce((sum, { places }) => sum + (places[0]?.rows ?? 0), 0);
  const verb = dryRun ? "to be made" : "made once and sent to every place";
  return [
    ...(lines.length > 0 ? [loadedTable(lines, dryRun, style), ""] : []),
    ...skipped.map(({ entity, reason }) => `${style.warn} ${entity} is left out: ${reason}`),
    `${style.rows(written)} ${verb}; the same again with --scale ${scale} --random-seed ${randomSeed}`,
  ].join("\n");
};
