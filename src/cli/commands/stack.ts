import { Argument, Option } from "commander";
import { SUPPORTED_STORES } from "../../stores/index.ts";
import type { StoreName } from "../../stores/store.ts";
import { globalsOf } from "../globals.ts";
import { positiveInteger } from "../parsers.ts";
import { type CommandSpec, dataCommand } from "../spec.ts";
import type { Values } from "../values.ts";

/** Real engines on loopback, without Docker. */
export const stackCommands: readonly CommandSpec[] = [
  dataCommand({
    path: "stack up",
    summary: "start the engines, fetching those that are not installed",
    ownsStores: true,
    slow: true,
    examples: [
      { line: "dbctl stack up", shows: "all engines" },
      { line: "dbctl stack up --store postgres", shows: "PostgreSQL alone" },
    ],
    load: () => import("../../commands/stack-up.ts"),
    renderer: () => import("../../ui/human/stack-up.ts"),
    toOptions: (values) => ({ stores: chosenStores(values) }),
  }),
  dataCommand({
    path: "stack down",
    summary: "stop the engines; their data stays",
    ownsStores: true,
    slow: true,
    options: () => [new Option("--purge", "remove their data, too")],
    examples: [
      { line: "dbctl stack down", shows: "stop, and keep the data" },
      { line: "dbctl stack down --purge", shows: "leave nothing behind" },
    ],
    load: () => import("../../commands/stack-down.ts"),
    renderer: () => import("../../ui/human/stack-down.ts"),
    toOptions: (values) => ({ purge: values.flag("purge") }),
  }),
  dataCommand({
    path: "stack status",
    summary: "show which engines run, and where",
    ownsStores: true,
    examples: [
      { line: "dbctl stack status", shows: "addresses and providers" },
      { line: "dbctl stack status --json", shows: "for a script" },
    ],
    load: () => import("../../commands/stack-status.ts"),
    renderer: () => import("../../ui/human/stack-status.ts"),
    toOptions: () => ({}),
  }),
  dataCommand({
    path: "stack logs",
    summary: "print the end of an engine's log",
    ownsStores: true,
    arguments: () => [new Argument("<engine>", "whose log").choices(SUPPORTED_STORES)],
    options: () => [
      new Option("-n, --lines <count>", "how many lines").argParser(positiveInteger).default(50),
    ],
    examples: [
      { line: "dbctl stack logs postgres", shows: "the last 50 lines" },
      { line: "dbctl stack logs clickhouse -n 200", shows: "the last 200" },
    ],
    load: () => import("../../commands/stack-logs.ts"),
    renderer: () => import("../../ui/human/stack-logs.ts"),
    toOptions: (values) => ({
      store: values.choice("engine", SUPPORTED_STORES),
      lines: values.number("lines"),
    }),
  }),
];

/** By `--store` and `--skip-<store>`; undefined when neither was given. */
function chosenStores(values: Values): readonly StoreName[] | undefined {
  const { only, skip } = globalsOf(values);
  if (only === null && skip.length === 0) return undefined;
  return (only ?? SUPPORTED_STORES).filter((store) => !skip.includes(store));
}
