import type { CommanderError } from "commander";
import { DbctlError } from "../errors.ts";
import { COMMANDS, GROUPS } from "./table.ts";

/** What commander found wrong with a command line, in our words; its suggestion, or where to look, is the hint. */
export function usageError(error: CommanderError, argv: readonly string[]): DbctlError {
  const path = namedPath(argv);
  const help = `run dbctl ${[...path, "--help"].join(" ")}`;
  if (error.code === "commander.help") {
    const [group] = path;
    const message =
      group === undefined
        ? "no command was named"
        : `dbctl ${group} needs a subcommand: ${subcommandsOf(group).join(", ")}`;
    return new DbctlError("USAGE", message, { hint: help, cause: error });
  }
  const [message = "", suggestion] = error.message.replace(/^error: /, "").split("\n");
  const meant = suggestion === undefined ? null : /^\(Did you mean (.*)\?\)$/.exec(suggestion)?.[1];
  return new DbctlError("USAGE", message, {
    hint: meant ? `did you mean ${meant}? otherwise ${help}` : help,
    cause: error,
  });
}

/** The command, or at least the group, that the words name. */
export function namedPath(argv: readonly string[]): readonly string[] {
  const words = argv.filter((word) => !word.startsWith("-"));
  for (const [index, word] of words.entries()) {
    if (word in GROUPS) {
      const next = words[index + 1] ?? "";
      return subcommandsOf(word).includes(next) ? [word, next] : [word];
    }
    if (COMMANDS.some(({ path }) => path === word)) return [word];
  }
  return [];
}

/**
 * `help migrate up` as `migrate up --help`; and help for a command that does not exist as that command, so that a typo
 * is answered with a suggestion instead of a page.
 */
export function withHelpResolved(argv: readonly string[]): readonly string[] {
  const line = argv[0] === "help" ? [...argv.slice(1), "--help"] : argv;
  const [first = "-", second = "-"] = line;
  const isMisnamed =
    first in GROUPS ? !isKnown(second, subcommandsOf(first)) : !isKnown(first, namesOfCommands());
  return isMisnamed ? line.filter((word) => word !== "--help" && word !== "-h") : line;
}

function isKnown(word: string, names: readonly string[]): boolean {
  return word.startsWith("-") || names.includes(word);
}

function namesOfCommands(): string[] {
  return COMMANDS.map(({ path }) => path);
}

function subcommandsOf(group: string): string[] {
  return COMMANDS.filter(({ path }) => path.startsWith(`${group} `)).map(({ path }) =>
    path.slice(group.length + 1),
  );
}
