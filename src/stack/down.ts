import { readdirSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { StoreName } from "../stores/store.ts";
import { ENGINES } from "./engines.ts";
import { readStack, type StackEngine, stackFilePath, writeStack } from "./file.ts";
import { existingPlace, homeOf, stackFolder } from "./home.ts";
import { type StackOptions, withStackLock } from "./options.ts";
import { stopEngine } from "./stop.ts";

export interface EngineDown {
  readonly store: StoreName;
  /** `killed`: it did not end within its grace; its data recover at the next start. */
  readonly state: "stopped" | "killed" | "not running";
}

export interface StackDown {
  readonly engines: readonly EngineDown[];
  /** The folder of data that was removed; null without `purge`. */
  readonly purged: string | null;
}

/**
 * Stops all engines of the project: afterwards no process of theirs is left. Data, ports and passwords stay, unless
 * `purge`, which removes all that `up` has made in the project and outside; installed engines stay in the cache.
 * @throws LOCK_HELD, PERMISSION_DENIED when another user started them
 */
export async function stackDown(
  options: Omit<StackOptions, "stores"> & { readonly purge: boolean },
): Promise<StackDown> {
  const result = await withStackLock(options, async () => {
    const file = readStack(options.root);
    const home = homeOf(options.root, file?.home);
    const engines = await Promise.all(
      ENGINES.map(async (definition): Promise<EngineDown> => {
        const { stopped, killed } = await stopEngine(definition, existingPlace(home, definition.store));
        const state = killed > 0 ? "killed" : stopped > 0 ? "stopped" : "not running";
        return { store: definition.store, state };
      }),
    );
    if (options.purge) {
      rmSync(home, { recursive: true, force: true, maxRetries: 3 });
      rmSync(stackFilePath(options.root), { force: true });
    } else if (file !== null) {
      const stopped = Object.entries(file.engines).map(([store, engine]): [string, StackEngine] => [
        store,
        { ...engine, pid: null, startTime: null },
      ]);
      writeStack(options.root, { ...file, engines: Object.fromEntries(stopped) });
    }
    return { engines, purged: options.purge ? home : null };
  });
  removeIfEmpty(stackFolder(options.root));
  return result;
}

/** Only when nothing of others is left in it (backups may lie there, too), and nobody holds the lock again. */
function removeIfEmpty(folder: string): void {
  try {
    const names = readdirSync(folder);
    const isOurs = (name: string) => name === ".gitignore" || /^stack\.(lock|json)\./.test(name);
    if (!names.every(isOurs)) return;
    for (const name of names) rmSync(join(folder, name), { force: true });
    rmdirSync(folder);
  } catch {
    // Somebody else is using it.
  }
}
