import { tupleKey } from "../../encoding/tuple.ts";
import { DbctlError } from "../../errors.ts";
import type { Key, LoadReport, RowBatch, WriteOptions } from "../store.ts";
import { type Cells, cellsOf } from "./cells.ts";
import { columnWriter } from "./column-writer.ts";
import type { Connection } from "./connection.ts";
import { BlockSender, type Part } from "./insert.ts";
import { interruptible } from "./interrupt.ts";
import { acceptedRows } from "./native.ts";
import { asBuffer } from "./sql.ts";
import type { Table } from "./table.ts";
import { replaceKeys, replacesByItself } from "./upsert.ts";

/** What is sent at once; twice as much is in memory. */
const INSERT_BYTES = 4 << 20;
/** More, since each send first looks for what is there. */
const REPLACE_BYTES = 16 << 20;
const SEND_ROWS = 200_000;
const KEPT_REJECTIONS = 100;

/** Writes rows, the next ones made ready while some are under way. */
export async function load(
  connection: Connection,
  table: Table,
  rows: AsyncIterable<RowBatch>,
  { signal, mode }: WriteOptions,
): Promise<LoadReport> {
  connection.checkOpen();
  refuseComputed(table);
  const mustReplace = mode === "upsert" && !replacesByItself(table);
  return new Loader(connection, table, signal, mustReplace).run(rows);
}

/** @throws CONFIG_INVALID for columns that only the engine writes */
function refuseComputed({ columns, ref }: Table): void {
  const computed = columns.filter(
    ({ defaultKind }) => defaultKind === "MATERIALIZED" || defaultKind === "ALIAS",
  );
  if (computed.length === 0) return;
  const names = computed.map(({ field, defaultKind }) => `${field.column} is ${defaultKind}`).join(", ");
  throw new DbctlError("CONFIG_INVALID", `${ref.name} cannot be written: ${names}`, { store: "clickhouse" });
}

class Loader {
  readonly #connection: Connection;
  readonly #table: Table;
  readonly #signal: AbortSignal;
  readonly #mustReplace: boolean;
  readonly #sender: BlockSender;
  readonly #writers;
  readonly #rejected: { key: Key; reason: string }[] = [];
  #rejectedCount = 0;
  #written = 0;
  #sourceError: unknown;
  #underWay: Promise<void> = Promise.resolve();

  constructor(connection: Connection, table: Table, signal: AbortSignal, mustReplace: boolean) {
    this.#connection = connection;
    this.#table = table;
    this.#signal = signal;
    this.#mustReplace = mustReplace;
    this.#writers = table.columns.map(columnWriter);
    this.#sender = new BlockSender(connection, table, this.#writers, (cells, row, reason) =>
      this.#reject(cells, row, reason),
    );
  }

  async run(rows: AsyncIterable<RowBatch>): Promise<LoadReport> {
    try {
      const source = interruptible(this.#connection, this.#signal, this.#watched(rows));
      if (this.#mustReplace) await this.#replaceAll(source);
      else await this.#insertAll(source);
      await this.#underWay;
      return { rows: this.#written, rejected: this.#rejected, rejectedCount: this.#rejectedCount };
    } catch (error) {
      await this.#underWay.catch(() => {});
      throw this.#stopped(error);
    }
  }

  /** What the source throws is not ours. */
  async *#watched(rows: AsyncIterable<RowBatch>): AsyncGenerator<RowBatch> {
    try {
      yield* rows;
    } catch (error) {
      this.#sourceError = error;
      throw error;
    }
  }

  /** The error that ends the load, with how far it came. */
  #stopped(error: unknown): unknown {
    if (error === this.#sourceError || !(error instanceof DbctlError)) return error;
    const { code, message, hint, store, data } = error;
    return new DbctlError(code, message, { hint, store, data: { ...data, rowsWritten: this.#written } });
  }

  async #insertAll(rows: AsyncIterable<RowBatch>): Promise<void> {
    let parts: Part[] = [];
    let size = 0;
    let count = 0;
    for await (const batch of rows) {
      const cells = cellsOf(asBuffer(batch.bytes), batch.rows, this.#table.columns.length);
      const accepted = this.#accepted(cells);
      if (accepted.length === 0) continue;
      parts.push(this.#sender.part(cells, accepted));
      size += batch.bytes.length;
      count += accepted.length;
      if (size < INSERT_BYTES && count < SEND_ROWS) continue;
      await this.#send(parts);
      parts = [];
      size = 0;
      count = 0;
    }
    await this.#send(parts);
  }

  /** What is there under the rows' keys goes first; so one send ends before the next one looks. */
  async #replaceAll(rows: AsyncIterable<RowBatch>): Promise<void> {
    let bytes: Uint8Array[] = [];
    let size = 0;
    let count = 0;
    const flush = async () => {
      if (count === 0) return;
      const cells = cellsOf(Buffer.concat(bytes, size), count, this.#table.columns.length);
      bytes = [];
      size = 0;
      count = 0;
      const accepted = this.#accepted(cells);
      await this.#underWay;
      const kept = await replaceKeys(this.#connection, this.#table, cells, accepted, this.#signal);
      if (kept.length > 0) await this.#send([this.#sender.part(cells, kept)]);
    };
    for await (const batch of rows) {
      bytes.push(batch.bytes);
      size += batch.bytes.length;
      count += batch.rows;
      if (size >= REPLACE_BYTES || count >= SEND_ROWS) await flush();
    }
    await flush();
  }

  async #send(parts: readonly Part[]): Promise<void> {
    await this.#underWay;
    const sending = this.#sender.send(parts, this.#signal).then((written) => {
      this.#written += written;
    });
    sending.catch(() => {});
    this.#underWay = sending;
  }

  #accepted(cells: Cells): Int32Array {
    return acceptedRows(this.#writers, cells, (row, reason) => this.#reject(cells, row, reason));
  }

  #reject(cells: Cells, row: number, reason: string): void {
    this.#rejectedCount++;
    if (this.#rejected.length >= KEPT_REJECTIONS) return;
    const start = (cells.at[row * cells.width] ?? 2) - 2;
    const key = tupleKey(cells.bytes.subarray(start), this.#table.projection.keyLength);
    this.#rejected.push({ key, reason });
  }
}
