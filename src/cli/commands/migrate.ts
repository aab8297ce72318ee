import { Argument, Option } from "commander";
import { shared } from "../options.ts";
import { positiveInteger, storeList } from "../parsers.ts";
import { type CommandSpec, dataCommand } from "../spec.ts";

/** One history over all stores. */
export const migrateCommands: readonly CommandSpec[] = [
  dataCommand({
    path: "migrate up",
    summary: "apply every pending migration, in every store",
    slow: true,
    options: () => [
      shared.dryRun(),
      shared.lockWait(),
      new Option("--allow-out-of-order", "also apply files that were added below the newest applied version"),
    ],
    examples: [
      { line: "dbctl migrate up --dry-run", shows: "the statements, store by store" },
      { line: "dbctl migrate up --lock-wait 30s --json", shows: "in a pipeline" },
    ],
    load: () => import("../../commands/migrate-up.ts"),
    renderer: () => import("../../ui/human/migrate-up.ts"),
    toOptions: (values) => ({
      dryRun: values.flag("dryRun"),
      lockWaitMs: values.number("lockWait"),
      allowOutOfOrder: values.flag("allowOutOfOrder"),
    }),
  }),
  dataCommand({
    path: "migrate down",
    summary: "revert the newest versions, with the scripts stored when they were applied",
    slow: true,
    options: () => [
      new Option("-s, --steps <count>", "how many versions").argParser(positiveInteger).default(1),
      shared.dryRun(),
      shared.confirm(),
      shared.yes(),
      shared.lockWait(),
    ],
    examples: [
      { line: "dbctl migrate down --dry-run", shows: "what it would run" },
      { line: "dbctl migrate down -s 2 --env staging", shows: "revert two versions of staging" },
    ],
    load: () => import("../../commands/migrate-down.ts"),
    renderer: () => import("../../ui/human/migrate-down.ts"),
    toOptions: (values) => ({
      steps: values.number("steps"),
      dryRun: values.flag("dryRun"),
      confirm: values.text("confirm"),
      lockWaitMs: values.number("lockWait"),
    }),
  }),
  dataCommand({
    path: "migrate status",
    summary: "compare the files with every store's history",
    examples: [
      { line: "dbctl migrate status", shows: "what is applied, pending or changed" },
      { line: "dbctl migrate status --json", shows: "the same for a script; status 5 means drift" },
    ],
    load: () => import("../../commands/migrate-status.ts"),
    renderer: () => import("../../ui/human/migrate-status.ts"),
    toOptions: () => ({}),
  }),
  dataCommand({
    path: "migrate create",
    summary: "make the files of a new version",
    arguments: () => [new Argument("<name>", "what it does, for example add_orders")],
    options: () => [
      new Option("--stores <list>", "for which stores (default: all configured)").argParser(storeList),
    ],
    examples: [
      { line: "dbctl migrate create add_orders", shows: "for every store" },
      { line: "dbctl migrate create add_index --stores postgres", shows: "for PostgreSQL alone" },
    ],
    load: () => import("../../commands/migrate-create.ts"),
    renderer: () => import("../../ui/human/migrate-create.ts"),
    toOptions: (values) => ({ name: values.argument("name"), stores: values.list("stores") }),
  }),
];
