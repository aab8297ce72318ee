import type { DbctlError } from "../errors.ts";
import { envelopeOf, type Outcome, toJson } from "../ui/envelope.ts";
import { plainReporter } from "../ui/human/plain.ts";
import type { Style } from "../ui/human/style.ts";
import { terminalReporter } from "../ui/human/terminal.ts";
import { eventReporter, resultEvent } from "../ui/ndjson.ts";
import type { Output, Redactor } from "../ui/output.ts";
import { silentReporter } from "../ui/reporter.ts";
import type { RunReporter } from "../ui/task.ts";
import type { Io } from "./io.ts";
import type { OutputMode } from "./mode.ts";
import { canRedraw, colorLevelOf, hasUnicode, widthOf } from "./terminal.ts";

/** The flags that decide how a run looks. */
export interface Presentation {
  readonly mode: OutputMode;
  readonly verbose: boolean;
  readonly quiet: boolean;
  readonly color: boolean;
}

interface Surroundings extends Presentation {
  readonly io: Io;
  readonly output: Output;
  readonly redactor: Redactor;
}

/** Where a run says what it does: on stderr for humans, as events on stdout, or nowhere beside one document. */
export function createReporter(surroundings: Surroundings): RunReporter {
  const { mode, verbose, io, output, redactor } = surroundings;
  if (mode === "events") {
    return eventReporter({
      write: output.result,
      redactDeep: redactor.redactDeep,
      now: () => new Date(),
      verbose,
    });
  }
  if (surroundings.quiet || (mode === "json" && !verbose)) return silentRunReporter();
  if (mode === "human" && canRedraw(io.stderr, io.env)) {
    return terminalReporter({
      stream: io.stderr,
      redact: redactor.redact,
      colorLevel: colorLevelOf(io.stderr, io.env, surroundings.color),
      verbose,
    });
  }
  return plainReporter({ say: output.say, verbose });
}

/** Writes how the run ended: one document, the last event, or a result on stdout with messages on stderr. */
export async function presentOutcome(
  outcome: Outcome & { readonly render: ((style: Style) => Promise<string>) | null },
  surroundings: Surroundings,
): Promise<void> {
  const { mode, output } = surroundings;
  if (mode !== "human") {
    output.result(machineText(outcome, surroundings));
    return;
  }
  const { createStyle } = await import("../ui/human/style.ts");
  if (outcome.render !== null) {
    const text = await outcome.render(await createStyle(styleOptions("stdout", surroundings)));
    if (text !== "") output.result(text);
  }
  if (outcome.warnings.length === 0 && outcome.error === null) return;
  const { renderError, renderWarning } = await import("../ui/human/error.ts");
  const { color: colors } = await createStyle(styleOptions("stderr", surroundings));
  for (const warning of outcome.warnings) output.say(renderWarning(warning, colors));
  if (outcome.error !== null)
    output.say(renderError(outcome.error, { colors, verbose: surroundings.verbose }));
}

/** The same without loading anything: for an end that cannot wait. */
export function presentAtOnce(
  outcome: Outcome & { readonly error: DbctlError },
  surroundings: Surroundings,
): void {
  if (surroundings.mode !== "human") surroundings.output.result(machineText(outcome, surroundings));
  else surroundings.output.say(`error: ${outcome.error.message}\n  fix: ${outcome.error.hint}`);
}

function machineText(outcome: Outcome, { mode, redactor }: Surroundings): string {
  const envelope = envelopeOf(outcome);
  return mode === "json"
    ? toJson(redactor.redactDeep(envelope), 2)
    : toJson(redactor.redactDeep(resultEvent(envelope)));
}

function styleOptions(stream: "stdout" | "stderr", { io, color }: Surroundings) {
  return {
    width: widthOf(io[stream]),
    colorLevel: colorLevelOf(io[stream], io.env, color),
    unicode: hasUnicode(io.env),
  };
}

function silentRunReporter(): RunReporter {
  return { ...silentReporter, begin: () => {}, pause: (run) => run(), close: async () => {} };
}
