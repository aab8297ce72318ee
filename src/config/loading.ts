import type { Origin } from "./config.ts";
import type { ConfiguredStore } from "./connection/kinds.ts";
import type { ChosenEnvironment } from "./environment.ts";
import type { Faults } from "./faults.ts";
import type { Sourced } from "./origin.ts";
import type { Secrets } from "./secrets.ts";
import type { FileSettings } from "./settings.ts";
import type { Variables } from "./variables.ts";

/** What the parts of the loader share while one configuration is loaded. */
export interface Loading {
  /** Of the project. */
  readonly name: string;
  /** Folder of the configuration file. */
  readonly root: string;
  readonly environment: ChosenEnvironment;
  readonly settings: FileSettings;
  readonly variables: Variables;
  /** `--namespace`, or DBCTL_NAMESPACE. */
  readonly namespace: Sourced<string> | undefined;
  readonly faults: Faults;
  readonly secrets: Secrets;
  readonly warn: (message: string) => void;
  /** The local stack's URL; undefined where it does not count or does not run. */
  readonly stackUrl: (store: ConfiguredStore) => Promise<Sourced<string> | undefined>;
  /** Remembers an effective value for `config show`; `value` is already redacted. */
  readonly record: (path: string, value: string, origin: Origin) => void;
  readonly recordSourced: (path: string, sourced: Sourced<string | number | boolean>) => void;
}

/** A value by dotted path, as `config show` lists it. */
export type Origins = Map<string, { readonly value: string; readonly origin: Origin }>;

/** The two ways to write into `origins`. */
export function recorderOf(origins: Origins): Pick<Loading, "record" | "recordSourced"> {
  return {
    record: (path, value, origin) => origins.set(path, { value, origin }),
    recordSourced: (path, { value, origin }) => origins.set(path, { value: String(value), origin }),
  };
}
