import type { Warning } from "../context.ts";
import type { StoreName, StoreOptions } from "../stores/store.ts";
import type { Entity } from "./entity.ts";
import type { Secrets } from "./secrets.ts";

export const ENVIRONMENTS = ["development", "testing", "staging", "production"] as const;
export type Environment = (typeof ENVIRONMENTS)[number];

/** Where a value came from, strongest first; shown by `config show --origin`. */
export type Origin =
  | { readonly from: "flag"; readonly name: string }
  | { readonly from: "environment"; readonly name: string }
  | {
      readonly from: "file";
      /** Absolute. */
      readonly file: string;
      /** 1-based. */
      readonly line?: number | undefined;
      /** The variable, or the dotted path of the setting. */
      readonly name?: string | undefined;
    }
  | { readonly from: "stack"; readonly file: string }
  | { readonly from: "default" };

export interface StoreConfig {
  readonly options: StoreOptions;
  /** An optional store that is down is a warning, not an error. */
  readonly optional: boolean;
  /** Not on loopback and no environment named: destructive commands treat it as protected. */
  readonly loopback: boolean;
}

/** A store that the project wants, but whose address nobody gave. */
export interface MissingStore {
  readonly optional: boolean;
  /** Names the variables and files that were looked at. */
  readonly message: string;
  /** What to set, and where. */
  readonly hint: string;
}

/** The configuration after loading, merging and validation: commands read nothing else. */
export interface Config {
  /** The project's name: what confirmations want typed. */
  readonly name: string;
  readonly environment: Environment;
  /** Whether somebody named the environment; otherwise it is the default, `development`. */
  readonly environmentNamed: boolean;
  /** Absolute folder of the configuration file: paths are relative to it. */
  readonly root: string;
  /** Absolute path of the configuration file. */
  readonly file: string;
  /** `.env` files that were read, absolute, strongest first. */
  readonly envFiles: readonly string[];
  /** The configured stores, system of record first. A store without a URL is absent. */
  readonly stores: ReadonlyMap<StoreName, StoreConfig>;
  /** Wanted stores without a URL: opening one fails with STORE_NOT_CONFIGURED. */
  readonly missing: ReadonlyMap<StoreName, MissingStore>;
  readonly entities: readonly Entity[];
  /** Folders, absolute. */
  readonly migrationsDir: string;
  readonly seedsDir: string;
  readonly confirm: string | null;
  /** What was found odd, but not wrong; to be reported with the result of whatever command runs. */
  readonly warnings: readonly Warning[];
  /** Knows every password of this configuration. */
  readonly secrets: Secrets;
  /** Values by dotted path, secrets already redacted. */
  readonly origins: ReadonlyMap<string, { readonly value: string; readonly origin: Origin }>;
}
