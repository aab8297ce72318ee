import { dataCommands } from "./commands/data.ts";
import { migrateCommands } from "./commands/migrate.ts";
import { setupCommands } from "./commands/setup.ts";
import { stackCommands } from "./commands/stack.ts";
import type { CommandSpec, Example } from "./spec.ts";

/** Every command of dbctl. A command that is not built yet is absent. */
export const COMMANDS: readonly CommandSpec[] = [
  ...setupCommands,
  ...migrateCommands,
  ...dataCommands,
  ...stackCommands,
];

/** The words that stand in front of subcommands. */
export const GROUPS: Readonly<Record<string, { readonly summary: string; readonly bare?: string }>> = {
  migrate: { summary: "apply, revert and inspect migrations" },
  seed: { summary: "load generated rows, or delete them", bare: "run" },
  config: { summary: "look at the configuration" },
  stack: { summary: "run real engines on loopback, without Docker" },
};

/** What `dbctl --help` lists, in the order of a project's life. */
export const HELP_ORDER: readonly string[] = [
  "stack",
  "init",
  "migrate",
  "seed",
  "sync",
  "status",
  "verify-consistency",
  "reset",
  "config",
  "test",
  "completion",
];

export const ROOT_EXAMPLES: readonly Example[] = [
  { line: "dbctl stack up", shows: "engines to try it on" },
  { line: "dbctl status --json", shows: "the whole layer as one document" },
];
