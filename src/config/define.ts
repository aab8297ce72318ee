import type { Environment } from "./config.ts";
import type { TlsMode } from "./connection/draft.ts";
import type { Entity } from "./entity.ts";
import type { Helpers } from "./helpers.ts";

/** Durations are texts: `500ms`, `5s`, `10m`, `12h`, `30d`. Files and folders are relative to the configuration. */
export interface StoreSettings {
  /** Better kept out of the file, in the environment or a `.env` file. */
  readonly url?: string | undefined;
  /** The database that everything lies in; else the project's namespace, the URL's database, the project's name. */
  readonly namespace?: string | undefined;
  /** Connections at most. Default by environment: PostgreSQL 10, 15, 25, ClickHouse 5, 10, 15. */
  readonly poolSize?: number | undefined;
  /** Default 5s. */
  readonly connectTimeout?: string | undefined;
  /** Default 30s. */
  readonly statementTimeout?: string | undefined;
  /** True: that it is down is a warning. */
  readonly optional?: boolean | undefined;
  readonly tls?:
    | boolean
    | TlsMode
    | {
        readonly mode?: TlsMode | undefined;
        /** PEM files. */
        readonly ca?: string | undefined;
        readonly cert?: string | undefined;
        readonly key?: string | undefined;
      }
    | undefined;
}

export interface PostgresSettings extends StoreSettings {
  /** Everything lies in this schema: for servers where databases may not be created. */
  readonly schema?: string | undefined;
}

/** What may differ from one environment to the other. */
export interface EnvironmentSettings {
  readonly namespace?: string | undefined;
  readonly stores?:
    | { readonly postgres?: PostgresSettings | undefined; readonly clickhouse?: StoreSettings | undefined }
    | undefined;
  readonly migrations?: { readonly dir?: string | undefined } | undefined;
  readonly seeds?: { readonly dir?: string | undefined } | undefined;
}

/** What dbctl.config.ts exports by default. */
export interface ConfigDefinition extends EnvironmentSettings {
  /** What confirmations want typed, and the namespace where nothing else names one. */
  readonly name: string;
  readonly environments?: { readonly [name in Environment]?: EnvironmentSettings | undefined } | undefined;
  readonly entities?: readonly Entity[] | undefined;
}

/** Also without an import of dbctl: `export default ({ entity, t, postgres }) => ({ … })`. */
export type ConfigFunction = (helpers: Helpers) => ConfigDefinition | Promise<ConfigDefinition>;

/** Types and completes a configuration in an editor; returns it unchanged. Faults are found when it is loaded. */
export function defineConfig(configuration: ConfigDefinition): ConfigDefinition;
export function defineConfig(configuration: ConfigFunction): ConfigFunction;
export function defineConfig(configuration: ConfigDefinition | ConfigFunction) {
  return configuration;
}
