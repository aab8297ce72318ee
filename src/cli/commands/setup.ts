import { Argument, Option } from "commander";
import { shared } from "../options.ts";
import { type CommandSpec, dataCommand } from "../spec.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;

/** Commands around the project itself. */
export const setupCommands: readonly CommandSpec[] = [
  dataCommand({
    path: "init",
    summary: "create the namespace and the history in every store",
    slow: true,
    options: () => [
      shared.dryRun(),
      new Option("--print-sql", "print the statements, for whoever has the rights to run them"),
    ],
    examples: [
      { line: "dbctl init", shows: "prepare every configured store" },
      { line: "dbctl init --print-sql", shows: "what an administrator would run instead" },
    ],
    load: () => import("../../commands/init.ts"),
    renderer: () => import("../../ui/human/init.ts"),
    toOptions: (values) => ({ dryRun: values.flag("dryRun"), printSql: values.flag("printSql") }),
  }),
  dataCommand({
    path: "config show",
    summary: "print the configuration as it is after merging, secrets redacted",
    options: () => [new Option("--origin", "also where each value came from")],
    examples: [
      { line: "dbctl config show", shows: "every value in force" },
      { line: "dbctl config show --origin --env staging", shows: "and where it came from" },
    ],
    load: () => import("../../commands/config-show.ts"),
    renderer: () => import("../../ui/human/config-show.ts"),
    toOptions: (values) => ({ origin: values.flag("origin") }),
  }),
  dataCommand({
    path: "test",
    summary: "connect to every store and say what answers",
    examples: [
      { line: "dbctl test", shows: "every configured store" },
      { line: "dbctl test --store postgres --env production", shows: "one store of one environment" },
    ],
    load: () => import("../../commands/test.ts"),
    renderer: () => import("../../ui/human/test.ts"),
    toOptions: () => ({}),
  }),
  {
    path: "completion",
    summary: "print a completion script for a shell",
    arguments: () => [new Argument("<shell>", "which shell").choices(SHELLS)],
    examples: [
      { line: "dbctl completion bash", shows: "in ~/.bashrc: source <(dbctl completion bash)" },
      { line: "dbctl completion fish", shows: "into ~/.config/fish/completions/dbctl.fish" },
    ],
    text: async (values) => {
      const [{ completionScript }, { completionTree }] = await Promise.all([
        import("../../commands/completion.ts"),
        import("../tree.ts"),
      ]);
      return completionScript(values.choice("shell", SHELLS), completionTree());
    },
  },
];
