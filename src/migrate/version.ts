/** `0003_executions`: the folder of a version. Digits are counted as a number, so `3` and `0003` are the same version. */
const FOLDER = /^(\d{1,18})_([a-z0-9][a-z0-9_-]*)$/i;

export interface VersionFolder {
  /** As the folder spells it: `0003`. */
  readonly version: string;
  /** `executions`. */
  readonly name: string;
}

/** null when `folder` does not name a version. */
export function parseVersionFolder(folder: string): VersionFolder | null {
  const [, version, name] = FOLDER.exec(folder) ?? [];
  return version === undefined || name === undefined ? null : { version, name };
}

/** Equal for every spelling of one version. */
export function versionKey(version: string): string {
  return version.startsWith("0") ? version.replace(/^0+(?=\d)/, "") : version;
}

/** By number, however many digits. */
export function compareVersions(a: string, b: string): number {
  if (a === b) return 0;
  // The usual case: one project writes its versions at one width.
  if (a.length === b.length) return a < b ? -1 : 1;
  const [left, right] = [versionKey(a), versionKey(b)];
  if (left.length !== right.length) return left.length - right.length;
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The next free version: at least four digits, as wide as the newest there is. */
export function nextVersion(versions: readonly string[]): string {
  const newest = versions.toSorted(compareVersions).at(-1) ?? "";
  return (BigInt(newest || 0) + 1n).toString().padStart(Math.max(4, newest.length), "0");
}
