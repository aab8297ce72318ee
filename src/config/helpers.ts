import { t } from "../encoding/types.ts";
import { clickhouse, entity, postgres } from "./entity.ts";
import type { Variables } from "./variables.ts";

/** What a configuration that is a function receives: enough to need no import of dbctl. */
export interface Helpers {
  readonly entity: typeof entity;
  readonly t: typeof t;
  readonly postgres: typeof postgres;
  readonly clickhouse: typeof clickhouse;
  readonly env: EnvHelper;
}

/** A variable of the environment or of a `.env` file; the fallback, or undefined, when it is not set or empty. */
export interface EnvHelper {
  (name: string, fallback: string): string;
  (name: string): string | undefined;
}

export function helpersFor(variables: Variables): Helpers {
  function env(name: string, fallback: string): string;
  function env(name: string): string | undefined;
  function env(name: string, fallback?: string): string | undefined {
    return variables.get(name)?.value ?? fallback;
  }
  return { entity, t, postgres, clickhouse, env };
}
