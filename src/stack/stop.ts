import type { EngineDefinition, EnginePlace } from "./engine.ts";
import { findProcesses, type RunningProcess, stopProcess } from "./process.ts";

const GRACE_MS = 30_000;
/** What belongs to a main process ends with it; this long is waited for it. */
const PART_GRACE_MS = 10_000;

/**
 * Ends every process of the engine on that place's data, whatever the record says: afterwards there is none.
 * @throws PERMISSION_DENIED when they are another user's
 */
export async function stopEngine(
  definition: EngineDefinition,
  place: EnginePlace,
): Promise<{ readonly stopped: number; readonly killed: number }> {
  const counts = { stopped: 0, killed: 0 };
  for (;;) {
    const { main, parts } = engineProcesses(definition, place);
    const next = main[0] ?? parts[0];
    if (next === undefined) return counts;
    const outcome = await (main.length > 0
      ? stopProcess(next, { signal: definition.stopSignal, graceMs: GRACE_MS })
      : stopProcess(next, { signal: null, graceMs: PART_GRACE_MS }));
    if (outcome !== "gone") counts.stopped++;
    if (outcome === "killed") counts.killed++;
  }
}

/** The running processes of the engine on that place's data. */
export function engineProcesses(
  definition: EngineDefinition,
  place: EnginePlace,
): { readonly main: readonly RunningProcess[]; readonly parts: readonly RunningProcess[] } {
  const found = findProcesses((commandLine) => definition.owns(commandLine, place) !== null);
  return {
    main: found.filter(({ commandLine }) => definition.owns(commandLine, place) === "main"),
    parts: found.filter(({ commandLine }) => definition.owns(commandLine, place) === "part"),
  };
}
