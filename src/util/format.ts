const THOUSANDS = /\B(?=(\d{3})+$)/g;
const BYTE_UNITS = ["B", "kB", "MB", "GB", "TB", "PB"] as const;

/** `1234567` → `1,234,567`; the same in every locale. `n` is an integer. */
export function formatCount(n: number | bigint): string {
  const digits = BigInt(n).toString();
  return digits.startsWith("-")
    ? `-${digits.slice(1).replace(THOUSANDS, ",")}`
    : digits.replace(THOUSANDS, ",");
}

/** `1 row`, `1,234 rows`. */
export function formatRows(n: number | bigint): string {
  return `${formatCount(n)} ${BigInt(n) === 1n ? "row" : "rows"}`;
}

/** Three significant digits in decimal units: `536 MB`, `1.50 kB`, `12 B`. */
export function formatBytes(sizeBytes: number): string {
  let value = sizeBytes;
  let unit = 0;
  while (Math.abs(value) >= 999.5 && unit < BYTE_UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? Math.round(value) : significant(value)} ${BYTE_UNITS[unit]}`;
}

/** `0.4 ms`, `340 ms`, `12.3 s`, `3 min 05 s`, `2 h 05 min`, `3 d 4 h`. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 9.95) return `${durationMs.toFixed(1)} ms`;
  if (durationMs < 999.5) return `${Math.round(durationMs)} ms`;
  if (durationMs < 59_950) return `${(durationMs / 1000).toFixed(1)} s`;
  const seconds = Math.round(durationMs / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${padded(seconds % 60)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ${padded(minutes % 60)} min`;
  const hours = Math.round(minutes / 60);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** `123,456 rows/s`. */
export function formatRate(rowsPerSecond: number): string {
  return `${formatCount(Math.round(Number.isFinite(rowsPerSecond) ? rowsPerSecond : 0))} rows/s`;
}

function significant(value: number): string {
  if (value >= 99.95) return value.toFixed(0);
  return value >= 9.995 ? value.toFixed(1) : value.toFixed(2);
}

function padded(n: number): string {
  return String(n).padStart(2, "0");
}
