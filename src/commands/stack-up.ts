import type { Config } from "../config/config.ts";
import { formatOrigin } from "../config/origin.ts";
import type { Context, Report, Warning } from "../context.ts";
import { ERRORS, strongestStatus } from "../errors.ts";
import { type StackUp, stackUp } from "../stack/index.ts";
import type { StoreName } from "../stores/store.ts";

export interface StackUpOptions {
  /** All engines of the stack when left out. */
  readonly stores?: readonly StoreName[] | undefined;
}

/**
 * Starts the local engines. One that can't be had is in the data and a warning, and decides the exit status; the
 * others run.
 */
export async function run(context: Context, options: StackUpOptions): Promise<Report<StackUp>> {
  const { config, reporter, signal, env } = context;
  const external = externalStores(config);
  const data = await stackUp({ root: config.root, stores: options.stores, reporter, signal, env, external });
  const missing = data.engines.flatMap(({ store, error }): Warning[] =>
    error === null ? [] : [{ ...error, store }],
  );
  const unused: Warning[] = ["development", "testing"].includes(config.environment)
    ? []
    : [
        {
          code: "PROTECTED",
          message: `${config.environment} does not use the local stack: its URLs count in development and testing`,
          hint: "name the environment with --env",
        },
      ];
  return {
    exitStatus: strongestStatus(missing.map(({ code }) => ERRORS[code].exit)),
    data,
    warnings: [...missing, ...unused],
  };
}

/** Stores that the configuration finds elsewhere than in the stack, and where it does. */
export function externalStores(config: Config): Map<StoreName, string> {
  const found = [...config.stores.keys()].flatMap((store): [StoreName, string][] => {
    const origin = config.origins.get(`stores.${store}.url`)?.origin;
    if (origin === undefined || origin.from === "stack" || origin.from === "default") return [];
    return [[store, formatOrigin(origin, config.root)]];
  });
  return new Map(found);
}
