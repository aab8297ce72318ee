import { BatchBuilder } from "../encoding/tuple.ts";
import { compileEncoder } from "../encoding/value.ts";
import { DbctlError } from "../errors.ts";
import type { Projection, RowBatch } from "../stores/store.ts";
import type { Refs, Seed, SeedContext, SeedEntity, SeedRow } from "./define.ts";
import { randomFor } from "./random.ts";

const DEFAULT_NOW = "2026-01-01T00:00:00Z";
/** Of each stream the first rows are searched for fields that the entity does not have. */
const CHECKED_ROWS = 100;

export interface GenerateOptions {
  readonly scale: number;
  readonly randomSeed: number;
}

/**
 * Makes a seed's rows, entity by entity in the order of the configuration. What an entity keeps is there for those
 * that come later, so earlier ones must be generated even where their rows are not wanted.
 */
export class Generator {
  readonly #seed: Seed;
  readonly #options: GenerateOptions;
  readonly #kept = new Map<string, SeedRow[]>();

  constructor(seed: Seed, options: GenerateOptions) {
    this.#seed = seed;
    this.#options = options;
  }

  has(entity: string): boolean {
    return Object.hasOwn(this.#seed.entities, entity);
  }

  /** Whether later entities may refer to this one. */
  keeps(entity: string): boolean {
    return (this.#part(entity).keep ?? []).length > 0;
  }

  /**
   * The rows of an entity, encoded under `projection`, in batches of about a megabyte.
   * @throws VALUE_UNREPRESENTABLE or CONFIG_INVALID naming seed, entity, row and field
   */
  async *batches(entity: string, projection: Projection): AsyncGenerator<RowBatch> {
    const encode = compileEncoder(projection.fields);
    const check = rowChecker(projection);
    const keep = this.#keeper(entity);
    const builder = new BatchBuilder();
    let row = 0;
    try {
      // Synchronous generators are the common case, and many times as fast without a promise for each row.
      const rows = this.#part(entity).rows(this.#context(entity));
      if (Symbol.iterator in rows) {
        for (const values of rows) {
          check(values, row++);
          keep?.(values);
          const batch = builder.add(encode(values));
          if (batch !== null) yield batch;
        }
      } else {
        for await (const values of rows) {
          check(values, row++);
          keep?.(values);
          const batch = builder.add(encode(values));
          if (batch !== null) yield batch;
        }
      }
    } catch (error) {
      throw this.#located(error, entity, row);
    }
    const rest = builder.take();
    if (rest !== null) yield rest;
  }

  #part(entity: string): SeedEntity {
    const part = this.#seed.entities[entity];
    if (part === undefined) throw new RangeError(`seed ${this.#seed.name} makes no ${entity}`);
    return part;
  }

  #context(entity: string): SeedContext {
    const { scale, randomSeed } = this.#options;
    const random = randomFor(randomSeed, this.#seed.name, entity);
    const all = (name: string): readonly SeedRow[] => {
      const rows = this.#kept.get(name);
      if (rows !== undefined) return rows;
      throw new DbctlError("CONFIG_INVALID", `${name} keeps nothing to refer to, or comes later`, {
        hint: `give ${name} a \`keep\` in the seed, and declare it before ${entity} in the configuration`,
      });
    };
    const pick = (name: string): SeedRow => {
      const rows = all(name);
      if (rows.length > 0) return random.pick(rows);
      throw new DbctlError("CONFIG_INVALID", `there is no row of ${name} to refer to`);
    };
    const refs: Refs = { all, pick };
    return { random, scale, now: new Date(this.#seed.now ?? DEFAULT_NOW), refs };
  }

  #keeper(entity: string): ((row: SeedRow) => void) | null {
    const fields = this.#part(entity).keep ?? [];
    if (fields.length === 0) return null;
    const rows: SeedRow[] = [];
    this.#kept.set(entity, rows);
    return (row) => {
      rows.push(Object.fromEntries(fields.map((field) => [field, row[field]])));
    };
  }

  #located(error: unknown, entity: string, row: number): unknown {
    const place = `seed ${this.#seed.name}, ${entity}, row ${row}`;
    if (error instanceof DbctlError) {
      if (error.code === "CANCELLED") return error;
      return new DbctlError(error.code, `${place}: ${error.message}`, {
        hint: error.hint,
        cause: error,
        data: error.data,
      });
    }
    const message = error instanceof Error ? error.message : String(error);
    return new DbctlError("CONFIG_INVALID", `${place}: ${message}`, {
      hint: "correct the seed",
      cause: error,
    });
  }
}

function rowChecker({ fields, keyLength }: Projection): (row: SeedRow, index: number) => void {
  const names = new Set(fields.map((field) => field.name));
  const keys = fields.slice(0, keyLength).map((field) => field.name);
  return (row, index) => {
    for (const key of keys) {
      if (row[key] === null || row[key] === undefined) {
        throw new DbctlError("VALUE_UNREPRESENTABLE", `the key field ${key} has no value`, {
          hint: "give every row its key",
        });
      }
    }
    if (index >= CHECKED_ROWS) return;
    for (const name in row) {
      if (!names.has(name)) throw new DbctlError("CONFIG_INVALID", `the entity has no field ${name}`);
    }
  };
}
