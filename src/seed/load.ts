import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { JsonText } from "../encoding/value.ts";
import { asDbctlError, DbctlError } from "../errors.ts";
import { defineSeed, type Seed, type SeedHelpers } from "./define.ts";

const SEED_FILE = /^(?!.*\.d\.[mc]?ts$).*\.m?[jt]s$/;
const EXAMPLE = "export default defineSeed({ name, entities: { … } })";

export interface LoadSeedsOptions {
  /** Absolute. */
  readonly dir: string;
  /** Of the configuration. */
  readonly entities: readonly { readonly name: string; readonly fields: Readonly<Record<string, unknown>> }[];
  /** The default export of a module; `example` is what it should have been. */
  readonly importDefault: (file: string, example: string) => Promise<unknown>;
}

/**
 * The seeds of a folder in the order of their file names; folders within it are left alone.
 * @throws CONFIG_INVALID with every fault of every file, or when there is no seed at all
 */
export async function loadSeeds(options: LoadSeedsOptions): Promise<readonly Seed[]> {
  const files = await seedFiles(options.dir);
  const faults: string[] = [];
  const seeds: Seed[] = [];
  for (const file of files) {
    try {
      const exported = await options.importDefault(join(options.dir, file), EXAMPLE);
      const helpers: SeedHelpers = { defineSeed, JsonText };
      const seed: unknown = typeof exported === "function" ? await exported(helpers) : exported;
      const found = faultsOf(seed, options.entities);
      faults.push(...found.map((fault) => `${file}: ${fault}`));
      if (found.length === 0) seeds.push(seed as Seed);
    } catch (error) {
      faults.push(`${file}: ${asDbctlError(error).message}`);
    }
  }
  const names = seeds.map((seed) => seed.name);
  for (const name of new Set(names.filter((name, index) => names.indexOf(name) !== index))) {
    faults.push(`two seeds are called ${name}`);
  }
  if (faults.length > 0) {
    throw new DbctlError(
      "CONFIG_INVALID",
      `the seeds have faults:\n${faults.map((line) => `  ${line}`).join("\n")}`,
      {
        hint: `correct the files in ${options.dir}`,
        data: { faults },
      },
    );
  }
  return seeds;
}

async function seedFiles(dir: string): Promise<readonly string[]> {
  const names = await readdir(dir).catch(() => []);
  const files = names.filter((name) => SEED_FILE.test(name)).sort();
  if (files.length > 0) return files;
  throw new DbctlError("CONFIG_INVALID", `there is no seed in ${dir}`, {
    hint: `write ${join(dir, "demo.ts")}: ${EXAMPLE}`,
  });
}

function faultsOf(seed: unknown, entities: LoadSeedsOptions["entities"]): string[] {
  if (!isRecord(seed)) return [`its default export is not a seed: write ${EXAMPLE}`];
  const { name, now, entities: parts } = seed;
  const faults: string[] = [];
  if (typeof name !== "string" || name === "") faults.push("name: must be a text");
  if (now !== undefined && Number.isNaN(Date.parse(String(now))))
    faults.push(`now: ${now} is no ISO 8601 instant`);
  if (!isRecord(parts)) return [...faults, "entities: must be an object by entity names"];
  for (const [entity, part] of Object.entries(parts)) {
    const declared = entities.find((candidate) => candidate.name === entity);
    if (declared === undefined) faults.push(`entities.${entity}: the configuration declares no such entity`);
    else faults.push(...partFaults(part, declared).map((fault) => `entities.${entity}${fault}`));
  }
  return faults;
}

function partFaults(part: unknown, entity: LoadSeedsOptions["entities"][number]): string[] {
  if (!isRecord(part) || typeof part.rows !== "function")
    return [".rows: must be a function that makes rows"];
  if (part.keep === undefined) return [];
  if (!Array.isArray(part.keep)) return [".keep: must be a list of field names"];
  const unknown = part.keep.filter((field) => !Object.hasOwn(entity.fields, String(field)));
  return unknown.map((field) => `.keep: ${entity.name} has no field ${field}`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
