/** What the suite needs to know of an engine, and nothing else. */
import type { FieldType } from "../../src/encoding/types.ts";
import type { Field, ProjectedField, Store, StoreName, StoreTraits } from "../../src/stores/store.ts";
import type { Vector } from "./vector.ts";

/** What the adapter declares; the suite checks that it does and that it is true. */
export interface Capabilities {
  readonly traits: StoreTraits;
  readonly ordered: boolean;
  readonly digest: boolean;
  /** `scan` and `keys` yield nothing twice, as they may. */
  readonly exactScans: boolean;
  readonly lock: boolean;
}

/** The engine's own texts. All statements of a script take effect in order; none is idempotent. */
export interface Scripts {
  /** A file's ending: `sql`. */
  readonly extension: string;
  /** One statement that creates an empty collection. */
  create(name: string): string;
  /** One statement that removes it. */
  drop(name: string): string;
  /** One statement that the parser takes and the engine refuses, its own words holding `word`. */
  fail(word: string): string;
  /** One statement that takes at least `seconds` and can be interrupted. */
  sleep(seconds: number): string;
  /** What stands between statements, and after the last one where the engine wants it. */
  readonly separator: string;
  /** What `parse` refuses, with the line of the fault; null when it takes anything. */
  readonly invalid: { readonly text: string; readonly line: number } | null;
}

/** Ways an engine can be out of reach. */
export type Outage = "refused" | "hanging" | "wrong password";

export interface OpenOptions {
  readonly connectTimeoutMs?: number;
  readonly statementTimeoutMs?: number;
  readonly poolSize?: number;
}

/** A store whose connections can be ended from outside. */
export interface Cuttable {
  readonly store: Store;
  /** Ends its connections; new ones come about again. */
  cut(): Promise<void>;
  /** The engine takes connections and says nothing more. */
  hang(): Promise<void>;
}

export interface Harness {
  readonly name: StoreName;
  readonly capabilities: Capabilities;
  readonly scripts: Scripts;
  /** A new store on the shared engine; not connected. */
  open(namespace: string, options?: OpenOptions): Store;
  /**
   * A collection of these columns in the store's namespace by the engine's own DDL; its first `keyLength` columns are
   * the key, and where keys can be collated otherwise than bytewise they are. `required` columns hold no NULL, others
   * do where their type can in this engine.
   */
  createCollection(
    store: Store,
    name: string,
    fields: readonly ProjectedField[],
    keyLength: number,
    required: readonly string[],
  ): Promise<void>;
  /** How the engine's SQL spells the value of a vector; undefined where it can't. */
  expression(vector: Vector): string | undefined;
  /** Inserts rows of such expressions by the engine's own SQL. Absent where there is none. */
  insertExpressions?(
    store: Store,
    name: string,
    fields: readonly ProjectedField[],
    rows: readonly (readonly string[])[],
  ): Promise<void>;
  /** Whether a column of this type that need not be there can be NULL. */
  holdsNull(type: FieldType): boolean;
  /** Whether the engine can hold the value; the adapter has to refuse the others. */
  holds(type: FieldType, field: Field): boolean;
  /** A store in an outage, opened with `password`. The suite closes it. */
  outage(kind: Outage, password: string, options: OpenOptions): Promise<Store>;
  cuttable(namespace: string, options?: OpenOptions): Promise<Cuttable>;
  /** Removes the namespace with all that is in it. */
  dropNamespace(namespace: string): Promise<void>;
  /** Ends what the harness has started. */
  end(): Promise<void>;
}
