import type { Command } from "../context.ts";
import type { Render } from "../ui/human/style.ts";

interface Module {
  readonly load: () => Promise<{ readonly run: Command<unknown, unknown> }>;
  readonly renderer: () => Promise<{ readonly render: Render<unknown> }>;
}

export function commandModule(name: string): Module {
  return {
    load: () => import(`../commands/${name}.ts`),
    renderer: () => import(`../ui/human/${name}.ts`),
  };
}
