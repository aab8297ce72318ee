import { Option } from "commander";
import { durationMs } from "./parsers.ts";

/** Flags that several commands share. */
export const shared = {
  dryRun: () => new Option("--dry-run", "show what would be done and write nothing"),
  confirm: () => new Option("--confirm <name>", "the project's name, instead of typing it"),
  /** Accepted so that the refusal can say what is wanted instead. */
  yes: () => new Option("-y, --yes", "never enough by itself: see --confirm").hideHelp(),
  lockWait: () =>
    new Option("--lock-wait <duration>", "how long to wait for another run")
      .argParser(durationMs)
      .default(600_000, "10m"),
};
