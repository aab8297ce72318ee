const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** How a duration is written, for messages. */
export const DURATION_GRAMMAR = "a number and a unit: 500ms, 5s, 10m, 12h, 30d, 2w";

/** `5s`, `500ms`: what `parseDuration` reads. */
export function spellDuration(durationMs: number): string {
  return durationMs % 1000 === 0 ? `${durationMs / 1000}s` : `${durationMs}ms`;
}

/** Milliseconds of `500ms`, `5s`, `1.5h`, `30d`; null when `text` is none. */
export function parseDuration(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)\s?(ms|s|min|m|h|d|w)$/.exec(text);
  if (match === null) return null;
  const valueMs = Math.round(Number(match[1]) * (UNIT_MS[match[2] ?? ""] ?? Number.NaN));
  return Number.isSafeInteger(valueMs) ? valueMs : null;
}
