/** How the result leaves: a text for humans, one document, or a stream of events. */
export type OutputMode = "human" | "json" | "events";

/** What can be known of the flags before, or although, parsing them failed. */
export function outputModeOf(argv: readonly string[]): OutputMode {
  const end = argv.indexOf("--");
  const flags = end === -1 ? argv : argv.slice(0, end);
  return flags.includes("--json") ? "json" : flags.includes("--events") ? "events" : "human";
}
