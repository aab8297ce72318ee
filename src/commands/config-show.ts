import type { Origin } from "../config/config.ts";
import { formatOrigin } from "../config/origin.ts";
import type { Command, Warning } from "../context.ts";
import { EXIT } from "../errors.ts";

export interface ConfigShowOptions {
  /** Also where each value came from. */
  readonly origin: boolean;
}

export interface ConfigValue {
  /** Dotted path: `stores.postgres.poolSize`. */
  readonly path: string;
  /** Secrets are `***`. */
  readonly value: string;
  /**
   * `environment DATABASE_URL`, `.env:3 DB_HOST`, `dbctl.config.ts`, `dbctl.config.ts name` where another setting
   * decides, `default`; null when not asked for.
   */
  readonly origin: string | null;
}

export interface ConfigShowData {
  /** Absolute. */
  readonly file: string;
  /** `.env` files that were read, absolute, strongest first. */
  readonly envFiles: readonly string[];
  readonly values: readonly ConfigValue[];
}

const SECTIONS = ["name", "environment", "migrations", "seeds", "stores", "entities"];

/**
 * The configuration in force. It connects to nothing. Status 2 where a store that is needed has no URL and the local
 * stack does not count.
 */
export const run: Command<ConfigShowOptions, ConfigShowData> = async ({ config }, options) => {
  const values = [...config.origins].map(([path, { value, origin }]) => ({
    path,
    value,
    origin: options.origin ? formatOrigin(withoutPath(origin, path), config.root) : null,
  }));
  const missing = [...config.missing].filter(([, store]) => !store.optional);
  const isLocal = config.environment === "development" || config.environment === "testing";
  return {
    exitStatus: missing.length > 0 && !isLocal ? EXIT.usage : EXIT.ok,
    data: { file: config.file, envFiles: config.envFiles, values: values.sort(bySection) },
    warnings: missing.map(
      ([store, { message, hint }]): Warning => ({ code: "STORE_NOT_CONFIGURED", message, hint, store }),
    ),
  };
};

function withoutPath(origin: Origin, path: string): Origin {
  const isSame = origin.from === "file" && (origin.name === path || path.startsWith(`${origin.name}.`));
  return isSame ? { ...origin, name: undefined } : origin;
}

/** Sections in their order, stores and entities as they came, settings of a store by name. */
function bySection(a: ConfigValue, b: ConfigValue): number {
  const section = ({ path }: ConfigValue) => SECTIONS.indexOf(path.split(".", 1)[0] ?? "");
  return section(a) - section(b);
}
