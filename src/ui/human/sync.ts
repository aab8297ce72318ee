import type { SyncData } from "../../commands/sync.ts";
import { loadedTable } from "./loaded.ts";
import type { Render } from "./style.ts";

/** A line a copy: what it took, and how fast. */
export const render: Render<SyncData> = ({ dryRun, entities }, style) => {
  if (entities.length === 0) return "no entity has a copy";
  const lines = entities.flatMap(({ entity, copies }) => copies.map((place) => ({ entity, place })));
  return loadedTable(lines, dryRun, style);
};
