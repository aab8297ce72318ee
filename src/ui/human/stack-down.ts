import type { StackDown } from "../../stack/index.ts";
import type { Render } from "./style.ts";

export const render: Render<StackDown> = (data, style) => {
  const lines = data.engines.map(({ store, state }) => {
    if (state === "killed") return `${style.warn} ${store} had to be killed; it recovers at its next start`;
    return `${style.ok} ${store} ${state}`;
  });
  if (data.purged !== null) lines.push(`${style.ok} removed ${data.purged}`);
  return lines.join("\n");
};
