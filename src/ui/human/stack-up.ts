import type { EngineUp, StackUp } from "../../stack/index.ts";
import type { Render, Style } from "./style.ts";

/** A line an engine; what was odd about it below; at the end where the passwords are. */
export const render: Render<StackUp> = (data, style) => {
  const rows = data.engines.map((engine) => [
    mark(engine, style),
    engine.store,
    engine.version ?? "",
    engine.url === null ? "" : new URL(engine.url).host,
    describe(engine, style),
    shortProvider(engine.provider, style),
  ]);
  const lines = [style.table(["", "engine", "version", "address", "state", "from"], rows)];
  for (const { store, notes, downloadMs } of data.engines) {
    if (downloadMs > 0) lines.push(`  ${store}: downloaded in ${style.duration(downloadMs)}`);
    for (const note of notes) lines.push(`${style.warn} ${store}: ${note}`);
  }
  const ours = data.engines.some(({ state }) => state === "started" || state === "running");
  if (ours) lines.push("", `URLs with their passwords: ${data.file}`);
  return lines.join("\n");
};

/** Where lines are short, without the folder or package in parentheses. */
export function shortProvider(provider: string | null, style: Style): string {
  return (style.width < 110 ? provider?.replace(/ \(.*\)$/, "") : provider) ?? "";
}

function mark({ state }: EngineUp, style: Style): string {
  return state === "unavailable" ? style.bad : style.ok;
}

function describe({ state, startMs }: EngineUp, style: Style): string {
  switch (state) {
    case "started":
      return `started in ${style.duration(startMs)}`;
    case "running":
      return "runs already";
    case "external":
      return "not ours, not started";
    case "unavailable":
      return style.color.red("not to be had");
  }
}
