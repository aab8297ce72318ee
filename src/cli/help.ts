import type { Command } from "commander";
import type { CommandSpec } from "./spec.ts";

/** Groups show their subcommands' paths; a command's help points to the global flags instead of repeating them. */
export function configureHelp(program: Command): void {
  program.configureHelp({
    subcommandTerm: (command) => [command.name(), ...command.registeredArguments.map(argumentTerm)].join(" "),
    commandUsage: (command) => {
      const path = pathOf(command);
      if (command.parent === null) return `${path} <command> [flags]`;
      if (command.commands.length > 0)
        return `${path} <${command.commands.map((sub) => sub.name()).join("|")}>`;
      return [path, ...command.registeredArguments.map(argumentTerm), "[flags]"].join(" ");
    },
  });
}

/** The end of a command's help. */
export function examplesHelp(spec: CommandSpec): string {
  const width = Math.max(...spec.examples.map(({ line }) => line.length));
  const lines = spec.examples.map(({ line, shows }) => `  ${line.padEnd(width)}  # ${shows}`);
  return ["", "Examples:", ...lines, "", "Flags of every command: dbctl --help"].join("\n");
}

function argumentTerm(argument: { name(): string; readonly required: boolean }): string {
  return argument.required ? `<${argument.name()}>` : `[${argument.name()}]`;
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}
