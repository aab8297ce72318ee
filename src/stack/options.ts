import { join } from "node:path";
import { DbctlError } from "../errors.ts";
import type { StoreName } from "../stores/store.ts";
import type { Reporter } from "../ui/reporter.ts";
import type { EngineDefinition } from "./engine.ts";
import { ENGINES, engineFor } from "./engines.ts";
import { ensureStackFolder } from "./file.ts";
import { withFileLock } from "./lock.ts";

export interface StackOptions {
  /** The project's folder. */
  readonly root: string;
  /** All the stack has when left out. */
  readonly stores?: readonly StoreName[] | undefined;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Stores whose address is known from elsewhere than `env`, and where it was found, for people. */
  readonly external?: ReadonlyMap<StoreName, string> | undefined;
}

/** Where the store's address is set, if it is not the stack's. */
export function externalSource(
  { urlVariable, store }: EngineDefinition,
  { env, external }: Pick<StackOptions, "env" | "external">,
): string | undefined {
  return env[urlVariable] ? urlVariable : external?.get(store);
}

const LOCK_WAIT_MS = 10 * 60_000;

/** The lock that `up` and `down` of a project share. */
export function withStackLock<T>(options: StackOptions, run: () => Promise<T>): Promise<T> {
  const path = join(ensureStackFolder(options.root), "stack.lock");
  const onWait = ({ pid }: { pid: number }) =>
    options.reporter.note(`waiting for process ${pid}, which is changing the local stack`);
  return withFileLock(path, { signal: options.signal, waitMs: LOCK_WAIT_MS, onWait }, run);
}

/** The engines named, the slowest first. @throws USAGE for a store the local stack has no engine for */
export function selectEngines(stores: readonly StoreName[] | undefined): readonly EngineDefinition[] {
  for (const store of stores ?? []) {
    if (engineFor(store) !== undefined) continue;
    const known = ENGINES.map((engine) => engine.store).join(", ");
    throw new DbctlError("USAGE", `the local stack has no engine for ${store}`, {
      hint: `name one of ${known}`,
    });
  }
  return ENGINES.filter(({ store }) => stores === undefined || stores.includes(store));
}
