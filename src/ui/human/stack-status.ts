import type { EngineStatus, StackStatus } from "../../stack/index.ts";
import { shortProvider } from "./stack-up.ts";
import type { Render, Style } from "./style.ts";

export const render: Render<StackStatus> = (data, style) => {
  const rows = data.engines.map((engine) => [
    mark(engine, style),
    engine.store,
    engine.version ?? "",
    engine.url === null ? "" : new URL(engine.url).host,
    DESCRIPTIONS[engine.state],
    engine.pid === null ? "" : String(engine.pid),
    shortProvider(engine.provider, style),
  ]);
  const table = style.table(["", "engine", "version", "address", "state", "pid", "from"], rows);
  const isSick = data.engines.some((engine) => mark(engine, style) === style.bad);
  return isSick ? `${table}\n\nheal it: dbctl stack up` : table;
};

const DESCRIPTIONS: Readonly<Record<EngineStatus["state"], string>> = {
  up: "up",
  down: "down",
  sick: "does not answer",
  crashed: "has crashed",
  unrecorded: "runs without a record",
  external: "not ours",
  absent: "never started here",
};

function mark({ state }: EngineStatus, style: Style): string {
  if (state === "up" || state === "external") return style.ok;
  return state === "down" || state === "absent" ? " " : style.bad;
}
