import type { Context, Report } from "../context.ts";
import { EXIT } from "../errors.ts";
import { type StackDown, stackDown } from "../stack/index.ts";

export interface StackDownOptions {
  /** Removes the engines' data, too: of the local stack only, so that nobody has to confirm. */
  readonly purge: boolean;
}

/** Stops the local engines; afterwards none of their processes is left. */
export async function run(context: Context, options: StackDownOptions): Promise<Report<StackDown>> {
  const { config, reporter, signal, env } = context;
  const data = await stackDown({ root: config.root, purge: options.purge, reporter, signal, env });
  return { exitStatus: EXIT.ok, data, warnings: [] };
}
