import type { StoreName } from "../stores/store.ts";
import { clickhouse } from "./clickhouse/index.ts";
import type { EngineDefinition } from "./engine.ts";
import { postgres } from "./postgres/index.ts";

/** The engines of the local stack, the slowest to be had first. */
export const ENGINES: readonly EngineDefinition[] = [clickhouse, postgres];

/** @returns undefined for a store that the local stack has no engine for */
export function engineFor(store: StoreName): EngineDefinition | undefined {
  return ENGINES.find((engine) => engine.store === store);
}
