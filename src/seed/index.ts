export type { Refs, Seed, SeedContext, SeedEntity, SeedHelpers, SeedRow } from "./define.ts";
export { defineSeed } from "./define.ts";
export type { Random } from "./random.ts";
