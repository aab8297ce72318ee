import type { StoreName } from "../stores/store.ts";
import { ENGINES } from "./engines.ts";
import type { StackEngine } from "./file.ts";
import { readStack, stackFilePath } from "./file.ts";
import { existingPlace, homeOf } from "./home.ts";
import { probe } from "./launch.ts";
import { externalSource, type StackOptions } from "./options.ts";
import { isRunning } from "./process.ts";
import { withoutPassword } from "./report.ts";
import { engineProcesses } from "./stop.ts";

export interface EngineStatus {
  readonly store: StoreName;
  /**
   * `external`: the configuration names another server (`provider` says where). `sick`: its process runs but does not answer. `crashed`: it was
   * up and its process is gone. `unrecorded`: it runs, but the record is lost. `absent`: never started here.
   */
  readonly state: "up" | "down" | "sick" | "crashed" | "unrecorded" | "external" | "absent";
  readonly provider: string | null;
  readonly version: string | null;
  /** Without the password. */
  readonly url: string | null;
  readonly port: number | null;
  readonly pid: number | null;
  readonly logFile: string | null;
}

export interface StackStatus {
  readonly file: string;
  readonly home: string;
  readonly engines: readonly EngineStatus[];
}

/** What the stack of the project is like now. Changes nothing, waits for nobody. */
export async function stackStatus(
  options: Pick<StackOptions, "root" | "signal" | "env" | "external">,
): Promise<StackStatus> {
  const file = readStack(options.root);
  const home = homeOf(options.root, file?.home);
  const engines = await Promise.all(
    ENGINES.map(async (definition): Promise<EngineStatus> => {
      const { store } = definition;
      const place = existingPlace(home, store);
      const external = externalSource(definition, options);
      const engine = file?.engines[store];
      const runs = () => engineProcesses(definition, place).main.length > 0;
      if (engine === undefined || engine.dataDir !== place.dataDir) {
        if (runs()) return { ...BLANK, store, state: "unrecorded" };
        if (external === undefined) return { ...BLANK, store, state: "absent" };
        return { ...BLANK, store, state: "external", provider: external };
      }
      if (external !== undefined && engine.pid === null) {
        return { ...BLANK, store, state: "external", provider: external };
      }
      const state = await stateOf(engine);
      const { provider, version, port, pid, logFile } = engine;
      return { store, state, provider, version, url: withoutPassword(engine.url), port, pid, logFile };

      async function stateOf({ pid, startTime, url }: StackEngine): Promise<EngineStatus["state"]> {
        if (pid === null || startTime === null) return runs() ? "unrecorded" : "down";
        if (!isRunning({ pid, startTime })) return "crashed";
        return (await probe(definition, url, place, options.signal)) === null ? "sick" : "up";
      }
    }),
  );
  return { file: stackFilePath(options.root), home, engines };
}

const BLANK: Omit<EngineStatus, "store" | "state"> = {
  provider: null,
  version: null,
  url: null,
  port: null,
  pid: null,
  logFile: null,
};
