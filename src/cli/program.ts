import { Command, CommanderError } from "commander";
import { type Globals, globalOptions, globalsOf } from "./globals.ts";
import { COMMAND_HELP_END, configureHelp, examplesHelp, ROOT_HELP_END } from "./help.ts";
import type { CommandSpec } from "./spec.ts";
import { COMMANDS, GROUPS, HELP_ORDER, ROOT_EXAMPLES } from "./table.ts";
import { usageError, withHelpResolved } from "./usage.ts";
import { type Values, valuesOf } from "./values.ts";

export interface Invocation {
  readonly spec: CommandSpec;
  readonly values: Values;
  readonly globals: Globals;
}

/** What a command line asks for: a command, or a text such as help or the version. */
export type Parsed =
  | ({ readonly kind: "command" } & Invocation)
  | { readonly kind: "text"; readonly text: string };

export interface ParseOptions {
  readonly version: string;
  /** Columns for help. */
  readonly width: number;
}

/**
 * Reads a command line (without node and script) against the table.
 * @throws USAGE with a suggestion for a typo in a command, subcommand or flag
 */
export function parse(argv: readonly string[], options: ParseOptions): Parsed {
  const line = withHelpResolved(argv);
  try {
    return parseWith(line, options, true);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // A group's bare form takes a mistyped subcommand for an argument: asked again without it, the group suggests.
    if (error.code === "commander.excessArguments") {
      try {
        return parseWith(line, options, false);
      } catch (better) {
        if (better instanceof CommanderError) throw usageError(better, argv);
        throw better;
      }
    }
    throw usageError(error, argv);
  }
}

function parseWith(argv: readonly string[], options: ParseOptions, withBareForms: boolean): Parsed {
  let text = "";
  let invocation: Invocation | undefined;
  const program = buildProgram({
    ...options,
    withBareForms,
    words: argv,
    write: (part) => {
      text += part;
    },
    invoked: (spec, values, globals) => {
      invocation = { spec, values, globals };
    },
  });
  try {
    program.parse([...argv], { from: "user" });
  } catch (error) {
    const shown = error instanceof CommanderError && error.exitCode === 0;
    if (!shown) throw error;
    return { kind: "text", text };
  }
  if (invocation === undefined) throw new Error("the command line named no command");
  return { kind: "command", ...invocation };
}

interface BuildOptions extends ParseOptions {
  /** Whether `seed` alone means `seed run`. */
  readonly withBareForms: boolean;
  /** Words of the command line: commands that are not among them stay without flags and subcommands. All when left out. */
  readonly words?: readonly string[];
  readonly write: (text: string) => void;
  readonly invoked: (spec: CommandSpec, values: Values, globals: Globals) => void;
}

/** The commander tree of the table. */
export function buildProgram(options: BuildOptions): Command {
  const program = new Command("dbctl")
    .description("Operates a polyglot data layer as if it were one database.")
    .version(options.version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print help")
    .helpCommand("help [command]", "print help for a command")
    .exitOverride()
    .configureOutput({
      writeOut: options.write,
      writeErr: () => {},
      outputError: () => {},
      getOutHelpWidth: () => options.width,
      getErrHelpWidth: () => options.width,
    });
  configureHelp(program);
  program.addHelpText("after", examplesHelp(ROOT_EXAMPLES)).addHelpText("after", ROOT_HELP_END);
  for (const option of globalOptions()) program.addOption(option);
  for (const name of HELP_ORDER) {
    const group = GROUPS[name];
    const specs = COMMANDS.filter(({ path }) => path.split(" ")[0] === name);
    if (group === undefined) for (const spec of specs) addCommand(program, spec, options);
    else addGroup(program, name, specs, options);
  }
  return program;
}

function addGroup(
  program: Command,
  name: string,
  specs: readonly CommandSpec[],
  options: BuildOptions,
): void {
  const { summary, bare } = GROUPS[name] ?? { summary: "" };
  const parent = program.command(name).description(sentence(summary)).summary(summary).helpCommand(false);
  const examples = specs.flatMap((spec) => (specs.length > 1 ? spec.examples.slice(0, 1) : spec.examples));
  parent.addHelpText("after", examplesHelp(examples)).addHelpText("after", COMMAND_HELP_END);
  if (!isNamed(name, options)) return;
  for (const spec of specs) {
    addCommand(parent, spec, options, options.withBareForms && spec.path === `${name} ${bare}`);
  }
}

function addCommand(parent: Command, spec: CommandSpec, options: BuildOptions, isDefault = false): void {
  const command = parent
    .command(spec.path.split(" ").at(-1) ?? "", { isDefault })
    .description(sentence(spec.summary))
    .summary(spec.summary)
    .addHelpText("after", examplesHelp(spec.examples))
    .addHelpText("after", COMMAND_HELP_END);
  for (const argument of spec.arguments?.() ?? []) command.addArgument(argument);
  if (!isNamed(spec.path.split(" ")[0] ?? "", options)) return;
  for (const option of spec.options?.() ?? []) command.addOption(option);
  command.action(() => {
    const named = Object.fromEntries(
      command.registeredArguments.map((argument, index) => [argument.name(), command.processedArgs[index]]),
    );
    const values = valuesOf({ ...command.optsWithGlobals(), ...named });
    options.invoked(spec, values, globalsOf(values));
  });
}

function isNamed(word: string, { words }: BuildOptions): boolean {
  return words === undefined || words.includes(word);
}

function sentence(summary: string): string {
  return `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;
}
