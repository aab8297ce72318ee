import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { DbctlError } from "../errors.ts";
import type { StoreName } from "../stores/store.ts";
import { readStack } from "./file.ts";
import { existingPlace, homeOf } from "./home.ts";
import { selectEngines } from "./options.ts";

export interface StackLogs {
  readonly store: StoreName;
  readonly file: string;
  /** The last ones, oldest first. */
  readonly lines: readonly string[];
}

const LIMIT_BYTES = 2 ** 20;

/**
 * The last lines an engine has written, as many as asked for within its last MiB.
 * @throws USAGE for a store without an engine here, STORE_NOT_CONFIGURED when it was never started
 */
export function stackLogs(root: string, store: StoreName, count: number): StackLogs {
  selectEngines([store]);
  const { logFile } = existingPlace(homeOf(root, readStack(root)?.home), store);
  let file: number;
  try {
    file = openSync(logFile, "r");
  } catch (cause) {
    throw new DbctlError("STORE_NOT_CONFIGURED", `${store} has not been started in this project`, {
      store,
      hint: "dbctl stack up",
      cause,
    });
  }
  try {
    const { size } = fstatSync(file);
    const buffer = Buffer.alloc(Math.min(size, LIMIT_BYTES));
    readSync(file, buffer, 0, buffer.length, size - buffer.length);
    const lines = buffer.toString().split("\n");
    if (lines.at(-1) === "") lines.pop();
    return { store, file: logFile, lines: lines.slice(-count) };
  } finally {
    closeSync(file);
  }
}
