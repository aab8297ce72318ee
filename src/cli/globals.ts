import { Option } from "commander";
import { ENVIRONMENTS } from "../config/config.ts";
import { SUPPORTED_STORES } from "../stores/index.ts";
import type { StoreName } from "../stores/store.ts";
import type { OutputMode } from "./mode.ts";
import { storeList } from "./parsers.ts";
import type { Values } from "./values.ts";

/** Flags that every command takes, in front of it or behind it. */
export function globalOptions(): Option[] {
  return [
    new Option("--config <file>", "the configuration (default: dbctl.config.ts, here or above)"),
    environmentOption(),
    new Option("--namespace <name>", "database or prefix that everything lies in"),
    new Option("--store <list>", "only these stores, with commas between").argParser(storeList),
    ...SUPPORTED_STORES.map((store) => new Option(`--skip-${store}`, `leave ${store} out`)),
    new Option("--json", "print one JSON document"),
    new Option("--events", "print events as ndjson, the result last").conflicts("json"),
    new Option("--no-input", "never ask"),
    new Option("--verbose", "say more").conflicts("quiet"),
    new Option("--quiet", "say nothing but the result, warnings and errors"),
    new Option("--no-color", "no colours"),
  ];
}

/** Checked by the configuration, which knows the short forms people write; the choices serve help and completion. */
function environmentOption(): Option {
  const option = new Option("--env <environment>", "the environment to work on");
  option.argChoices = [...ENVIRONMENTS];
  return option;
}

export interface Globals {
  readonly configFile: string | undefined;
  readonly environment: string | undefined;
  readonly namespace: string | undefined;
  /** null: all that are configured. */
  readonly only: readonly StoreName[] | null;
  readonly skip: readonly StoreName[];
  readonly mode: OutputMode;
  readonly input: boolean;
  readonly verbose: boolean;
  readonly quiet: boolean;
  readonly color: boolean;
}

export function globalsOf(values: Values): Globals {
  return {
    configFile: values.text("config"),
    environment: values.text("env"),
    namespace: values.text("namespace"),
    only: values.listOf("store", SUPPORTED_STORES) ?? null,
    skip: SUPPORTED_STORES.filter((store) => values.flag(`skip${store[0]?.toUpperCase()}${store.slice(1)}`)),
    mode: values.flag("json") ? "json" : values.flag("events") ? "events" : "human",
    input: values.flag("input"),
    verbose: values.flag("verbose"),
    quiet: values.flag("quiet"),
    color: values.flag("color"),
  };
}
