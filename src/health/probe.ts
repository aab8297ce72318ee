import type { Context } from "../context.ts";
import { asDbctlError, DbctlError, type ErrorCode } from "../errors.ts";
import { catalogOf } from "../migrate/catalog.ts";
import type { CollectionInfo, Head, HealthReport, Revision, Store, StoreName } from "../stores/store.ts";

/** What could be seen of a store in time. `undefined` means that it could not be seen, which is never "fine". */
export interface StoreProbe {
  readonly store: StoreName;
  readonly optional: boolean;
  /** Null when the store could not even be opened. */
  readonly address: string | null;
  readonly namespace: string | null;
  readonly health: HealthReport | undefined;
  /** Why there is no health report. */
  readonly error: { readonly code: ErrorCode; readonly message: string; readonly hint: string } | null;
  /** null: there is no history. */
  readonly history: readonly Revision[] | null | undefined;
  readonly catalog: readonly CollectionInfo[] | undefined;
  /** Of the store that keeps the heads only; null: there is no table of them. */
  readonly heads: readonly Head[] | null | undefined;
}

export interface ProbeOptions {
  /** For everything together; nothing is waited for longer. */
  readonly deadlineMs: number;
  readonly keepsHeads: boolean;
}

/** Looks at one store from all sides at once. Never throws, except CANCELLED when the run is interrupted. */
export async function probe(context: Context, store: StoreName, options: ProbeOptions): Promise<StoreProbe> {
  const optional = context.stores.isOptional(store);
  const unseen = {
    store,
    optional,
    health: undefined,
    history: undefined,
    catalog: undefined,
    heads: undefined,
  };
  const deadline = new Deadline(options.deadlineMs, context.signal);
  try {
    const opened = await deadline.wait(context.stores.get(store));
    if (opened === undefined)
      return { ...unseen, address: null, namespace: null, error: tooLate(store, options) };
    const [health, details] = await Promise.all([
      deadline.wait(opened.health({ signal: deadline.signal, deadlineMs: deadline.shareMs(0.9) })),
      inspect(opened, deadline, options.keepsHeads),
    ]);
    const { address, namespace } = opened;
    const error = health === undefined ? tooLate(store, options) : null;
    return { ...unseen, ...details, address, namespace, health, error };
  } catch (thrown) {
    if (context.signal.aborted) throw new DbctlError("CANCELLED", "interrupted while looking at the stores");
    const { code, message, hint } = asDbctlError(thrown);
    return { ...unseen, address: null, namespace: null, error: { code, message, hint } };
  } finally {
    deadline.end();
  }
}

type Details = Pick<StoreProbe, "history" | "catalog" | "heads">;

/** Each of them on its own: what one of them can't tell, another may. */
async function inspect(store: Store, deadline: Deadline, keepsHeads: boolean): Promise<Details> {
  const { signal } = deadline;
  const attempt = <T>(work: Promise<T>) => deadline.wait(work.catch(() => undefined));
  const isIn = await attempt(store.connect(signal).then(() => true));
  if (isIn !== true) return { history: undefined, catalog: undefined, heads: undefined };
  const [history, catalog, heads] = await Promise.all([
    attempt(store.migrations.history(signal)),
    attempt(catalogOf(store, signal)),
    keepsHeads ? attempt(store.migrations.heads(signal)) : undefined,
  ]);
  return { history, catalog, heads };
}

/** A point in time after which nothing is waited for, whether or not it listens to its signal. */
class Deadline {
  readonly signal: AbortSignal;
  readonly #controller = new AbortController();
  readonly #endMs: number;
  readonly #timer: NodeJS.Timeout;

  constructor(deadlineMs: number, outer: AbortSignal) {
    this.#endMs = performance.now() + deadlineMs;
    this.#timer = setTimeout(() => this.#controller.abort(), deadlineMs);
    this.signal = AbortSignal.any([outer, this.#controller.signal]);
  }

  /** Whole milliseconds: a part of the time that is left, so that whoever gets it can still say why it was late. */
  shareMs(part: number): number {
    return Math.max(1, Math.floor((this.#endMs - performance.now()) * part));
  }

  /** What `work` gives; undefined when the time is up. Throws what `work` throws in time. */
  async wait<T>(work: Promise<T>): Promise<T | undefined> {
    const late = Promise.withResolvers<undefined>();
    const onAbort = () => late.resolve(undefined);
    this.signal.addEventListener("abort", onAbort, { once: true });
    if (this.signal.aborted) onAbort();
    work.catch(() => {});
    try {
      return await Promise.race([work, late.promise]);
    } finally {
      this.signal.removeEventListener("abort", onAbort);
    }
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

function tooLate(store: StoreName, { deadlineMs }: ProbeOptions): NonNullable<StoreProbe["error"]> {
  return {
    code: "STORE_TIMEOUT",
    message: `${store} did not answer within ${(deadlineMs / 1_000).toFixed(1)} s`,
    hint: "see whether it runs and whether anything on the way swallows packets: dbctl test",
  };
}
