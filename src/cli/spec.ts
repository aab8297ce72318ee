import type { Argument, Option } from "commander";
import type { Command, Context, Report } from "../context.ts";
import type { Render, Style } from "../ui/human/style.ts";
import type { Values } from "./values.ts";

export interface Example {
  /** The whole line, starting with `dbctl`: a test parses it. */
  readonly line: string;
  readonly shows: string;
}

interface CommandShape {
  /** The words after `dbctl`: `migrate up`. */
  readonly path: string;
  /** One line, lower case, no full stop: what it does. */
  readonly summary: string;
  /** Made when this command is named: commander keeps state in them, and making all of them takes time. */
  readonly arguments?: () => readonly Argument[];
  readonly options?: () => readonly Option[];
  readonly examples: readonly [Example, Example, ...Example[]];
}

/** A command that runs on the project and reports data. */
export interface DataCommandSpec extends CommandShape {
  /** It may take more than a moment, so it says at once that it has begun. */
  readonly slow: boolean;
  /** It makes the stores instead of using them, so `--store` need not name one that the project has. */
  readonly ownsStores: boolean;
  /** Loads the command, and only now. */
  prepare(values: Values): Promise<(context: Context) => Promise<RenderableReport>>;
}

/** A command that prints text and touches neither project nor store. */
export interface TextCommandSpec extends CommandShape {
  text(values: Values): Promise<string>;
}

export type CommandSpec = DataCommandSpec | TextCommandSpec;

export interface RenderableReport extends Report {
  /** The result for humans; loads its renderer. */
  render(style: Style): Promise<string>;
}

interface DataCommandDefinition<Options, Data> extends CommandShape {
  readonly slow?: boolean;
  readonly ownsStores?: boolean;
  readonly load: () => Promise<{ readonly run: Command<Options, Data> }>;
  readonly renderer: () => Promise<{ readonly render: Render<Data> }>;
  /** From checked values to what the command's `run` takes. */
  readonly toOptions: (values: Values) => Options;
}

/** Ties a command's flags, options, data and renderer together; the compiler checks that they fit. */
export function dataCommand<Options, Data>(
  definition: DataCommandDefinition<Options, Data>,
): DataCommandSpec {
  const { load, renderer, toOptions, slow = false, ownsStores = false, ...shape } = definition;
  return {
    ...shape,
    slow,
    ownsStores,
    prepare: async (values) => {
      const { run } = await load();
      return async (context) => {
        const report = await run(context, toOptions(values));
        return { ...report, render: async (style) => (await renderer()).render(report.data, style) };
      };
    },
  };
}

export function isTextCommand(spec: CommandSpec): spec is TextCommandSpec {
  return "text" in spec;
}
