import type { Argument, Command, Help } from "commander";
import type { Example } from "./spec.ts";
import { GROUPS } from "./table.ts";

/** Usage, what it does, then commands before flags: the table is what most people look for. */
export function configureHelp(program: Command): void {
  program.configureHelp({
    subcommandTerm: (command) => [command.name(), ...command.registeredArguments.map(argumentTerm)].join(" "),
    formatHelp: (command, helper) => {
      const bare = command.commands.find((sub) => sub.name() === GROUPS[command.name()]?.bare);
      const bareFlags =
        bare === undefined ? [] : helper.visibleOptions(bare).filter(({ long }) => long !== "--help");
      const terms = bareFlags.map((option) => helper.optionTerm(option).length);
      const width = Math.max(helper.padWidth(command, helper), ...terms);
      const item = (term: string, text: string) => helper.formatItem(term, width, text, helper);
      const sections = [
        [`Usage: ${usageOf(command)}`],
        [helper.boxWrap(descriptionOf(command), helper.helpWidth ?? 80)],
        section("Arguments", helper.visibleArguments(command), (argument) =>
          item(argumentTerm(argument), helper.argumentDescription(argument)),
        ),
        section("Commands", helper.visibleCommands(command), (sub) =>
          item(helper.subcommandTerm(sub), helper.subcommandDescription(sub)),
        ),
        section("Flags", [...bareFlags, ...helper.visibleOptions(command)], (option) =>
          item(helper.optionTerm(option), helper.optionDescription(option)),
        ),
      ];
      return `${sections
        .filter((lines) => lines.length > 0)
        .map((lines) => lines.join("\n"))
        .join("\n\n")}\n`;
    },
  } satisfies Partial<Help>);
}

/** The end of a command's help. */
export function examplesHelp(examples: readonly Example[]): string {
  const width = Math.max(...examples.map(({ line }) => line.length));
  return ["", "Examples:", ...examples.map(({ line, shows }) => `  ${line.padEnd(width)}  # ${shows}`)].join(
    "\n",
  );
}

export const COMMAND_HELP_END = "\nFlags of every command: dbctl --help";

/** The end of `dbctl --help`. */
export const ROOT_HELP_END = `
Exit status: 0 done, 1 failed, 2 usage or configuration, 3 store unreachable,
4 refused by a guard, 5 drift, 6 stores differ, 7 locked, 8 access denied,
9 threshold breached, 10 inconclusive, 130 interrupted, 143 terminated.`;

function section<T>(title: string, items: readonly T[], format: (item: T) => string): string[] {
  return items.length === 0 ? [] : [`${title}:`, ...items.map(format)];
}

function descriptionOf(command: Command): string {
  const bare = GROUPS[command.name()]?.bare;
  const note = bare === undefined ? "" : ` Alone it means dbctl ${command.name()} ${bare}.`;
  return `${command.description()}${note}`;
}

function usageOf(command: Command): string {
  const path = pathOf(command);
  if (command.parent === null) return `${path} <command> [flags]`;
  if (command.commands.length > 0) {
    const names = command.commands.map((sub) => sub.name()).join("|");
    return GROUPS[command.name()]?.bare === undefined ? `${path} <${names}>` : `${path} [${names}] [flags]`;
  }
  return [path, ...command.registeredArguments.map(argumentTerm), "[flags]"].join(" ");
}

function argumentTerm(argument: Argument): string {
  return argument.required ? `<${argument.name()}>` : `[${argument.name()}]`;
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}
