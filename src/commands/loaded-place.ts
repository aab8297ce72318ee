import type { Place } from "../config/entity.ts";
import type { Warning } from "../context.ts";
import type { StoreName } from "../stores/store.ts";
import type { TargetReport } from "../sync/fan-out.ts";
import { collectionName } from "../verify/plan.ts";

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
    place: collectionName(place.ref),
    store: place.ref.store,
    reason: null,
    rows,
    durationMs: Math.round(durationMs),
    rowsPerSecond: durationMs > 0 ? Math.round((rows * 1000) / durationMs) : 0,
    rejectedCount,
    reasons: [...new Set(rejected.map(({ reason }) => reason))].slice(0, 5),
  };
}

export function skippedPlace(place: Place, reason: string): LoadedPlace {
  return { ...loadedPlace(place, undefined), reason };
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
