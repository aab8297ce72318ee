import type { Context, Report } from "../context.ts";
import { EXIT } from "../errors.ts";
import { type StackLogs, stackLogs } from "../stack/index.ts";
import type { StoreName } from "../stores/store.ts";

export interface StackLogsOptions {
  readonly store: StoreName;
  /** How many of the last lines. */
  readonly lines: number;
}

export async function run(context: Context, options: StackLogsOptions): Promise<Report<StackLogs>> {
  const data = stackLogs(context.config.root, options.store, options.lines);
  return { exitStatus: EXIT.ok, data, warnings: [] };
}
