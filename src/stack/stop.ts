import type { EngineDefinition, EnginePlace } from "./engine.ts";
import { findProcesses, stopProcess } from "./process.ts";

const GRACE_MS = 30_000;

/**
 * Ends every process of the engine on that place's data, whatever the record says: afterwards there is none.
 * @throws PERMISSION_DENIED when they are another user's
 */
export async function stopEngine(
  definition: EngineDefinition,
  place: EnginePlace,
): Promise<{ readonly stopped: number; readonly killed: number }> {
  let stopped = 0;
  let killed = 0;
  for (;;) {
    const found = findProcesses((argv) => definition.owns(argv, place));
    // A child of another one found ends with its parent, which knows how.
    const heads = found.filter(({ parentPid }) => !found.some(({ pid }) => pid === parentPid));
    if (heads.length === 0) return { stopped, killed };
    for (const head of heads) {
      const outcome = await stopProcess(head, { signal: definition.stopSignal, graceMs: GRACE_MS });
      if (outcome !== "gone") stopped++;
      if (outcome === "killed") killed++;
    }
  }
}
