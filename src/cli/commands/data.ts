import { Option } from "commander";
import { shared } from "../options.ts";
import { durationMs, nameList, nonNegativeInteger, positiveInteger, positiveNumber } from "../parsers.ts";
import { type CommandSpec, dataCommand } from "../spec.ts";

const SEVERITIES = ["warning", "critical"] as const;

const entities = () => new Option("--entities <list>", "only these, with commas between").argParser(nameList);

/** Rows: making, copying, comparing and dropping them. */
export const dataCommands: readonly CommandSpec[] = [
  dataCommand({
    path: "seed run",
    summary: "generate rows and load them into every store",
    slow: true,
    options: () => [
      entities(),
      new Option("--scale <factor>", "how much: 1 is a few hundred rows an entity")
        .argParser(positiveNumber)
        .default(1),
      new Option("--random-seed <n>", "the same number makes the same rows")
        .argParser(nonNegativeInteger)
        .default(1),
      shared.dryRun(),
    ],
    examples: [
      { line: "dbctl seed", shows: "a small set" },
      { line: "dbctl seed run --entities executions --scale 100", shows: "more of one entity" },
    ],
    load: () => import("../../commands/seed-run.ts"),
    renderer: () => import("../../ui/human/seed-run.ts"),
    toOptions: (values) => ({
      entities: values.list("entities"),
      scale: values.number("scale"),
      randomSeed: values.number("randomSeed"),
      dryRun: values.flag("dryRun"),
    }),
  }),
  dataCommand({
    path: "seed clean",
    summary: "delete the rows of the declared entities from every store",
    slow: true,
    options: () => [shared.confirm(), shared.yes(), shared.dryRun()],
    examples: [
      { line: "dbctl seed clean --dry-run", shows: "what would be deleted" },
      { line: "dbctl seed clean --confirm=demo", shows: "without a terminal" },
    ],
    load: () => import("../../commands/seed-clean.ts"),
    renderer: () => import("../../ui/human/seed-clean.ts"),
    toOptions: (values) => ({ confirm: values.text("confirm"), dryRun: values.flag("dryRun") }),
  }),
  dataCommand({
    path: "sync",
    summary: "bring every copy to the state of its source",
    slow: true,
    options: () => [entities(), shared.dryRun(), shared.confirm(), shared.yes()],
    examples: [
      { line: "dbctl sync", shows: "all entities" },
      { line: "dbctl sync --entities users,agents --dry-run", shows: "what two entities would need" },
    ],
    load: () => import("../../commands/sync.ts"),
    renderer: () => import("../../ui/human/sync.ts"),
    toOptions: (values) => ({ entities: values.list("entities"), dryRun: values.flag("dryRun") }),
  }),
  dataCommand({
    path: "verify-consistency",
    summary: "prove by hashes that the stores agree, or name the keys that differ",
    slow: true,
    options: () => [
      entities(),
      new Option("--repair", "write the source's values to the copies, then verify again"),
      new Option("--delete-extra", "with --repair: delete what the source lacks"),
      new Option("--lag <duration>", "how long a write may take from its source to the copies")
        .argParser(durationMs)
        .default(1000, "1s"),
      new Option("--limit <count>", "differences shown for each copy").argParser(positiveInteger).default(20),
      shared.dryRun(),
      shared.confirm(),
      shared.yes(),
    ],
    examples: [
      { line: "dbctl verify-consistency", shows: "status 0 when equal, 6 when not" },
      { line: "dbctl verify-consistency --repair --dry-run", shows: "what a repair would write" },
    ],
    load: () => import("../../commands/verify-consistency.ts"),
    renderer: () => import("../../ui/human/verify-consistency.ts"),
    toOptions: (values) => ({
      entities: values.list("entities"),
      repair: values.flag("repair"),
      deleteExtra: values.flag("deleteExtra"),
      limit: values.number("limit"),
      lagMs: values.number("lag"),
      dryRun: values.flag("dryRun"),
      confirm: values.text("confirm"),
    }),
  }),
  dataCommand({
    path: "reset",
    summary: "drop everything of this project from every store",
    slow: true,
    options: () => [shared.confirm(), shared.yes(), shared.dryRun()],
    examples: [
      { line: "dbctl reset --dry-run", shows: "what would be dropped" },
      { line: "dbctl reset --confirm=demo --no-input", shows: "without a terminal" },
    ],
    load: () => import("../../commands/reset.ts"),
    renderer: () => import("../../ui/human/reset.ts"),
    toOptions: (values) => ({ confirm: values.text("confirm"), dryRun: values.flag("dryRun") }),
  }),
  dataCommand({
    path: "status",
    summary: "show the whole layer on one screen, worst first",
    options: () => [
      new Option("--fail-on <severity>", "end with 9 from this severity on").choices(SEVERITIES),
    ],
    examples: [
      { line: "dbctl status", shows: "for a human" },
      { line: "dbctl status --json --fail-on warning", shows: "for a monitor" },
    ],
    load: () => import("../../commands/status.ts"),
    renderer: () => import("../../ui/human/status.ts"),
    toOptions: (values) => ({ failOn: values.optionalChoice("failOn", SEVERITIES) }),
  }),
];
