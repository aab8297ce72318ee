/** The library: what a configuration and an application import. */
export type { Environment } from "./config/config.ts";
export {
  type ConfigDefinition,
  type ConfigFunction,
  defineConfig,
  type EnvironmentSettings,
  type PostgresSettings,
  type StoreSettings,
} from "./config/define.ts";
export type {
  Condition,
  CopyOptions,
  CopyRole,
  Entity,
  EntityDeclaration,
  Place,
  SourceOptions,
  Where,
} from "./config/entity.ts";
export { clickhouse, entity, postgres } from "./config/entity.ts";
export type { EnvHelper, Helpers } from "./config/helpers.ts";
export { type FieldType, t } from "./encoding/types.ts";
export { DbctlError, type ErrorCode, type ExitStatus } from "./errors.ts";
export {
  defineSeed,
  type Random,
  type Refs,
  type Seed,
  type SeedContext,
  type SeedEntity,
  type SeedHelpers,
  type SeedRow,
} from "./seed/index.ts";
