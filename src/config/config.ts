import type { StoreName, StoreOptions } from "../stores/store.ts";
import type { Entity } from "./entity.ts";

export const ENVIRONMENTS = ["development", "testing", "staging", "production"] as const;
export type Environment = (typeof ENVIRONMENTS)[number];

/** Where a value came from, strongest first; shown by `config show --origin`. */
export type Origin =
  | { readonly from: "flag"; readonly name: string }
  | { readonly from: "environment"; readonly name: string }
  | { readonly from: "file"; readonly file: string; readonly name?: string }
  | { readonly from: "stack"; readonly file: string }
  | { readonly from: "default" };

export interface StoreConfig {
  readonly options: StoreOptions;
  /** An optional store that is down is a warning, not an error. */
  readonly optional: boolean;
  /** Not on loopback and no environment named: destructive commands treat it as protected. */
  readonly loopback: boolean;
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
  /** The configured stores, system of record first. A store without a URL is absent. */
  readonly stores: ReadonlyMap<StoreName, StoreConfig>;
  readonly entities: readonly Entity[];
  /** Folders, absolute. */
  readonly migrationsDir: string;
  readonly seedsDir: string;
  readonly confirm: string | null;
  /** Values by dotted path, secrets already redacted. */
  readonly origins: ReadonlyMap<string, { readonly value: string; readonly origin: Origin }>;
}
