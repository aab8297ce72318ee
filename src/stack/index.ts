export { type StackDown, stackDown } from "./down.ts";
export { readStack, type StackEngine } from "./file.ts";
export { type StackLogs, stackLogs } from "./logs.ts";
export type { StackOptions } from "./options.ts";
export type { EngineUp, StackUp } from "./report.ts";
export { type EngineStatus, type StackStatus, stackStatus } from "./status.ts";
export { stackUp } from "./up.ts";
