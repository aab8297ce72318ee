import { hash } from "node:crypto";

/** One script of the chain. */
export interface ChainFile {
  /** `<version>_<name>/<store>.<up|down>.<extension>`. */
  readonly path: string;
  /** `v1:<sha256 hex>`. */
  readonly checksum: string;
}

/**
 * The chain value (sha256 hex) of every file. `versions` are in order, each a list of its files in order. Each value
 * covers all files before it, the file itself, and the names of every file in its version: so a step's value tells
 * which files its version had when it was applied, but does not change when a later one of them is corrected.
 */
export function chainOf(versions: Iterable<readonly ChainFile[]>): Map<string, string> {
  const values = new Map<string, string>();
  let value = "";
  for (const files of versions) {
    value = sha256([value, ...files.map((file) => file.path)]);
    for (const file of files) {
      value = sha256([value, file.path, file.checksum]);
      values.set(file.path, value);
    }
  }
  return values;
}

/** Paths hold no newline: the parts can't be split in another way. */
function sha256(parts: readonly string[]): string {
  return hash("sha256", parts.join("\n"));
}
