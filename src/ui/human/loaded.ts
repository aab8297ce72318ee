import type { LoadedPlace } from "../../commands/loaded-place.ts";
import type { Style } from "./style.ts";

/** A line a place that took rows, or would take them. */
export function loadedTable(
  lines: readonly { readonly entity: string; readonly place: LoadedPlace }[],
  dryRun: boolean,
  style: Style,
): string {
  const head = ["", "entity", "place", dryRun ? "to write" : "rows", "time", "rate"];
  const rows = lines.map(({ entity, place }, index) => {
    const name = lines[index - 1]?.entity === entity ? "" : entity;
    if (place.reason !== null) return [style.warn, name, place.place, "left out", "", ""];
    const isWhole = place.rejectedCount === 0;
    return [
      isWhole ? style.ok : style.bad,
      name,
      place.place,
      isWhole
        ? style.count(place.rows)
        : `${style.count(place.rows)}, ${style.count(place.rejectedCount)} refused`,
      style.duration(place.durationMs),
      dryRun ? "" : style.rate(place.rowsPerSecond),
    ];
  });
  return style.table(head, rows, { align: ["left", "left", "left", "right", "right", "right"] });
}
