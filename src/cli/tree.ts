import type { Command, Option } from "commander";
import type { CompletionFlag, CompletionNode } from "../commands/completion.ts";
import { buildProgram } from "./program.ts";

/** The commander tree as completion needs it; global flags stand at every command. */
export function completionTree(): CompletionNode {
  const program = buildProgram({
    version: "",
    width: 80,
    withBareForms: true,
    write: () => {},
    invoked: () => {},
  });
  const globals = visibleFlags(program);
  const nodeOf = (command: Command, parents: readonly string[]): CompletionNode => {
    const path = command.parent === null ? [] : [...parents, command.name()];
    return {
      path: path.join(" "),
      name: command.name(),
      summary: command.summary(),
      flags: command.parent === null ? globals : [...visibleFlags(command), ...globals],
      choices: command.registeredArguments[0]?.argChoices ?? [],
      commands: command.commands.map((child) => nodeOf(child, path)),
    };
  };
  return nodeOf(program, []);
}

function visibleFlags(command: Command): CompletionFlag[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .filter((option) => option.long !== "--help" || command.parent === null)
    .map((option) => ({
      names: [option.long, option.short].filter((name) => name !== undefined),
      summary: option.description,
      value: completedValue(option),
    }));
}

function completedValue(option: Option): CompletionFlag["value"] {
  if (option.isBoolean() || option.negate) return "none";
  if (option.argChoices !== undefined) return option.argChoices;
  return option.flags.includes("<file>") ? "file" : "text";
}
