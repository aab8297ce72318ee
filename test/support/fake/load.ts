import { tupleFields, tuples } from "../../../src/encoding/tuple.ts";
import { DbctlError } from "../../../src/errors.ts";
import type {
  Collection,
  Field,
  Key,
  LoadReport,
  RowBatch,
  WriteOptions,
} from "../../../src/stores/store.ts";
import type { Session } from "./session.ts";
import { type FakeRow, type FakeTable, refusal, rowKey } from "./table.ts";

const REJECTED_KEPT = 100;

interface LoadContext extends WriteOptions {
  readonly session: Session;
  readonly collection: Collection;
  readonly table: () => FakeTable;
  readonly uniqueKeys: boolean;
}

/** `Collection.load` of the fake: each batch takes effect as a whole. */
export async function loadRows(source: AsyncIterable<RowBatch>, context: LoadContext): Promise<LoadReport> {
  const report = { rows: 0, rejected: [] as { key: Key; reason: string }[], rejectedCount: 0 };
  const { session, collection, signal } = context;
  const iterator = source[Symbol.asyncIterator]();
  const ours = <T>(work: Promise<T>) => work.catch((error) => Promise.reject(withCount(error, report.rows)));
  const enter = (operation: string) => ours(session.enter(operation, signal, collection.ref.name));
  try {
    await enter("load");
    for (;;) {
      // What the source throws comes out as it is; a source that is stuck does not keep us.
      const next = iterator.next();
      next.catch(() => {});
      await ours(session.untilStopped(Promise.allSettled([next]), signal));
      const { done, value } = await next;
      await enter(done === true ? "load.end" : "load.batch");
      if (done === true) return report;
      writeBatch(value, context, report);
    }
  } finally {
    iterator.return?.().catch(() => {});
  }
}

function withCount(error: unknown, rowsWritten: number): unknown {
  if (!(error instanceof DbctlError)) return error;
  const { code, message, hint, store, cause } = error;
  return new DbctlError(code, message, { hint, store, cause, data: { ...error.data, rowsWritten } });
}

function writeBatch(
  batch: RowBatch,
  { collection, table: current, uniqueKeys, mode }: LoadContext,
  report: { rows: number; rejected: { key: Key; reason: string }[]; rejectedCount: number },
): void {
  const table = current();
  const { fields, keyLength } = collection.projection;
  const positions = table.columns.map(({ column }) => fields.findIndex((field) => field.column === column));
  const rows = new Map(table.rows);
  for (const tuple of tuples(batch)) {
    const values = tupleFields(tuple).map((field) => field && new Uint8Array(field));
    const key = rowKey(table, rowOf(positions, values, undefined));
    const present = rows.get(key) ?? [];
    const row = rowOf(positions, values, present.at(-1));
    const isTaken = uniqueKeys && mode === "insert" && present.length > 0;
    const reason = refusal(table, row) ?? (isTaken ? "the key is there already" : null);
    if (reason === null) {
      rows.set(key, mode === "insert" ? [...present, row] : [row]);
      report.rows++;
      continue;
    }
    report.rejectedCount++;
    if (report.rejected.length < REJECTED_KEPT)
      report.rejected.push({ key: values.slice(0, keyLength), reason });
  }
  table.rows = rows;
}

/** Columns outside the projection keep what they had. */
function rowOf(
  positions: readonly number[],
  values: readonly Field[],
  present: FakeRow | undefined,
): FakeRow {
  return positions.map((position, index) =>
    position < 0 ? (present?.[index] ?? null) : (values[position] ?? null),
  );
}
