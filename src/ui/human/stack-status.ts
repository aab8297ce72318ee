import type { EngineStatus, StackStatus } from "../../stack/index.ts";
import type { Render, Style } from "./style.ts";

export const render: Render<StackStatus> = (data, style) => {
  const rows = data.engines.map((engine) => [
    mark(engine, style),
    engine.store,
    engine.version ?? "",
    engine.url === null ? "" : new URL(engine.url).host,
    DESCRIPTIONS[engine.state],
    engine.pid === null ? "" : String(engine.pid),
    engine.provider ?? "",
  ]);
  return style.table(["", "engine", "version", "address", "state", "pid", "from"], rows);
};

const DESCRIPTIONS: Readonly<Record<EngineStatus["state"], string>> = {
  up: "up",
  down: "down",
  sick: "does not answer: dbctl stack up",
  crashed: "has crashed: dbctl stack up",
  unrecorded: "runs without a record: dbctl stack up",
  external: "not the stack's",
  absent: "never started here",
};

function mark({ state }: EngineStatus, style: Style): string {
  if (state === "up" || state === "external") return style.ok;
  return state === "down" || state === "absent" ? " " : style.bad;
}
