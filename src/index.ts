export type { CopyOptions, CopyRole, Entity, EntityDeclaration, Where } from "./config/entity.ts";
export { clickhouse, entity, postgres } from "./config/entity.ts";
export { t } from "./encoding/types.ts";
export { DbctlError, type ErrorCode } from "./errors.ts";
