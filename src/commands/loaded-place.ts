import type { Place } from "../config/entity.ts";
import type { Warning } from "../context.ts";
import { EXIT, type ExitStatus } from "../errors.ts";
import type { StoreName } from "../stores/store.ts";
import type { TargetReport } from "../sync/fan-out.ts";
import { perSecond } from "../verify/report.ts";
import { isOpen, type Layer, placeName } from "./layer.ts";

/** What a table, index or key pattern took of a stream of rows. */
export interface LoadedPlace {
  /** `postgres:executions` */
  readonly place: string;
  readonly store: StoreName;
  /** Why nothing was written here; null otherwise. */
  readonly reason: string | null;
  /** Written, or in a dry run: to be written. */
  readonly rows: number;
  readonly durationMs: number;
  readonly rowsPerSecond: number;
  /** Rows that the store refused; the first reasons. */
  readonly rejectedCount: number;
  readonly reasons: readonly string[];
}

export function loadedPlace(place: Place, report: TargetReport | undefined): LoadedPlace {
  const { rows = 0, durationMs = 0, rejectedCount = 0, rejected = [] } = report ?? {};
  return {
    place: placeName(place),
    store: place.ref.store,
    reason: null,
    rows,
    durationMs: Math.round(durationMs),
    rowsPerSecond: perSecond(rows, durationMs),
    rejectedCount,
    reasons: [...new Set(rejected.map(({ reason }) => reason))].slice(0, 5),
  };
}

export function skippedPlace(place: Place, reason: string): LoadedPlace {
  return { ...loadedPlace(place, undefined), reason };
}

/** 1 when a store refused rows, 10 when one that was wanted was down; leaving out by a flag is no fault. */
export function loadStatus(places: readonly LoadedPlace[], layer: Layer): ExitStatus {
  if (places.some((place) => place.rejectedCount > 0)) return EXIT.failed;
  const isPartial = layer.entities.some(({ source, copies }) =>
    [source, ...copies].some((place) => !isOpen(place) && !place.isChosen),
  );
  return isPartial ? EXIT.inconclusive : EXIT.ok;
}

/** One warning for each place that refused rows. */
export function loadWarnings(places: readonly LoadedPlace[]): readonly Warning[] {
  return places
    .filter((place) => place.rejectedCount > 0)
    .map(({ place, store, rejectedCount, reasons }) => ({
      code: "STATEMENT_FAILED",
      message: `${place} refused ${rejectedCount} rows: ${reasons.join("; ")}`,
      hint: "correct the rows, or the declaration of the table",
      store,
    }));
}
