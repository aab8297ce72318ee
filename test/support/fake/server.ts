import { DbctlError } from "../../../src/errors.ts";
import type { Head, Revision, StoreName } from "../../../src/stores/store.ts";
import type { FakeColumn, FakeTable } from "./table.ts";

/** What one namespace of the fake holds. */
export interface FakeNamespace {
  readonly tables: Map<string, FakeTable>;
  /** What `put` and `del` of migrations change. */
  readonly values: Map<string, string>;
  history: ReadonlyMap<string, Revision> | null;
  heads: ReadonlyMap<StoreName, Head> | null;
}

/** What happens to a statement of a migration, counted from 0 over all that run from now on. */
export interface StatementFault {
  readonly at: number;
  /**
   * `fail`: the engine refuses it. `hang`: it never ends. `crash`: it takes effect, and the process dies before that
   * is recorded (the call throws FakeCrash; a transaction is rolled back).
   */
  readonly kind: "fail" | "hang" | "crash";
}

/** Thrown instead of an end of the process. */
export class FakeCrash extends Error {
  override readonly name = "FakeCrash";
}

export interface FakeCall {
  /** `scan.batch`, `lookup`, `load.batch`, `migrations.apply`, … */
  readonly operation: string;
  readonly namespace: string;
  readonly collection?: string | undefined;
}

interface HeldLock {
  readonly host: string;
  readonly pid: number;
  readonly sinceMs: number;
  readonly lose: () => void;
  readonly owner: object;
}

/** The engine behind fake stores: data, locks, faults. Stores opened on one server see each other's data. */
export class FakeServer {
  readonly namespaces = new Map<string, FakeNamespace>();
  readonly locks = new Map<string, HeldLock>();
  /** `down` refuses connections, `hanging` never answers. */
  mode: "up" | "down" | "hanging" = "up";
  /** When set, stores must be opened with it. */
  password: string | null = null;
  statementFault: StatementFault | null = null;
  /** Called before every operation: may throw, wait, or change data behind the caller's back. */
  onCall: ((call: FakeCall) => void | Promise<void>) | null = null;
  #statements = 0;
  #points = 0;

  /** @throws NOT_INITIALISED when the namespace is not there */
  namespace(name: string): FakeNamespace {
    const found = this.namespaces.get(name);
    if (found === undefined) throw new DbctlError("NOT_INITIALISED", `there is no namespace ${name}`);
    return found;
  }

  create(name: string): "created" | "exists" {
    if (this.namespaces.has(name)) return "exists";
    this.namespaces.set(name, { tables: new Map(), values: new Map(), history: null, heads: null });
    return "created";
  }

  /** Creates a table whose first `keyLength` columns are its key; replaces one of the name. */
  createTable(namespace: string, name: string, columns: readonly FakeColumn[], keyLength: number): void {
    this.namespace(namespace).tables.set(name, { columns, keyLength, rows: new Map() });
  }

  /** The fault of the next statement, if it is its turn. */
  nextStatementFault(): StatementFault["kind"] | null {
    const turn = this.#statements++;
    return this.statementFault?.at === turn ? this.statementFault.kind : null;
  }

  /** Sets the fault of a statement; counting begins anew. */
  injectStatementFault(fault: StatementFault | null): void {
    this.#statements = 0;
    this.statementFault = fault;
  }

  nextPoint(): string {
    return String(++this.#points);
  }

  /** Ends the connections of a store, as a network or an administrator would: its locks are free at once. */
  cut(owner: object): void {
    for (const [name, lock] of this.locks) {
      if (lock.owner !== owner) continue;
      this.locks.delete(name);
      lock.lose();
    }
  }
}

/** A copy that changes apart from the original; rows are shared, since they never change. */
export function copyOf(namespace: FakeNamespace): FakeNamespace {
  const tables = [...namespace.tables].map(([name, table]): [string, FakeTable] => [name, { ...table }]);
  return { ...namespace, tables: new Map(tables), values: new Map(namespace.values) };
}
