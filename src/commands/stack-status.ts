import type { Context, Report } from "../context.ts";
import { EXIT } from "../errors.ts";
import { type StackStatus, stackStatus } from "../stack/index.ts";
import { externalStores } from "./stack-up.ts";

/** What the local stack is like; an engine that is down is no failure of this command. */
export async function run(context: Context): Promise<Report<StackStatus>> {
  const { config, signal, env } = context;
  const data = await stackStatus({ root: config.root, signal, env, external: externalStores(config) });
  return { exitStatus: EXIT.ok, data, warnings: [] };
}
