import { tupleKey } from "../../encoding/tuple.ts";
import { DbctlError } from "../../errors.ts";
import type { Key, LoadReport, RowBatch, WriteOptions } from "../store.ts";
import { type Cells, cellsOf } from "./cells.ts";
import { columnWriter } from "./column-writer.ts";
import type { Connection } from "./connection.ts";
import { BlockSender } from "./insert.ts";
import type { Table } from "./table.ts";
import { replaceKeys, replacesByItself } from "./upsert.ts";

/** A block is one INSERT: written whole or not at all. */
const BLOCK_BYTES = 16 << 20;
const BLOCK_ROWS = 131_072;
const KEPT_REJECTIONS = 100;

/** Writes rows block by block, the next one made ready while one is under way. */
export async function load(
  connection: Connection,
  table: Table,
  rows: AsyncIterable<RowBatch>,
  { signal, mode }: WriteOptions,
): Promise<LoadReport> {
  connection.checkOpen();
  refuseComputed(table);
  const loader = new Loader(connection, table, signal, mode);
  try {
    return await loader.run(rows);
  } catch (error) {
    throw loader.stopped(error);
  }
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
  readonly #mode: WriteOptions["mode"];
  readonly #sender: BlockSender;
  readonly #writers;
  readonly #rejected: { key: Key; reason: string }[] = [];
  #rejectedCount = 0;
  #written = 0;
  #underWay: Promise<void> = Promise.resolve();

  constructor(connection: Connection, table: Table, signal: AbortSignal, mode: WriteOptions["mode"]) {
    this.#connection = connection;
    this.#table = table;
    this.#signal = signal;
    this.#mode = mode;
    this.#writers = table.columns.map(columnWriter);
    this.#sender = new BlockSender(connection, table, this.#writers, (cells, row, reason) =>
      this.#reject(cells, row, reason),
    );
  }

  async run(rows: AsyncIterable<RowBatch>): Promise<LoadReport> {
    const mustReplace = this.#mode === "upsert" && !replacesByItself(this.#table);
    let parts: Uint8Array[] = [];
    let size = 0;
    let count = 0;
    const flush = async () => {
      const cells = cellsOf(Buffer.concat(parts, size), count, this.#table.columns.length);
      parts = [];
      size = 0;
      count = 0;
      await this.#send(cells, mustReplace);
    };
    for await (const batch of rows) {
      if (size > 0 && (size + batch.bytes.length > BLOCK_BYTES || count + batch.rows > BLOCK_ROWS))
        await flush();
      parts.push(batch.bytes);
      size += batch.bytes.length;
      count += batch.rows;
    }
    if (count > 0) await flush();
    await this.#underWay;
    return { rows: this.#written, rejected: this.#rejected, rejectedCount: this.#rejectedCount };
  }

  /** The error that ends the load, with how far it came. */
  stopped(error: unknown): unknown {
    if (!(error instanceof DbctlError)) return error;
    const { code, message, hint, store, data } = error;
    return new DbctlError(code, message, { hint, store, data: { ...data, rows: this.#written } });
  }

  async #send(cells: Cells, mustReplace: boolean): Promise<void> {
    let accepted = this.#accepted(cells);
    const block = mustReplace ? null : this.#sender.encode(cells, accepted);
    await this.#underWay;
    if (mustReplace) {
      accepted = await replaceKeys(this.#connection, this.#table, cells, accepted, this.#signal);
    }
    if (accepted.length === 0) return;
    const sending = this.#sender.send(cells, accepted, block, this.#signal).then((written) => {
      this.#written += written;
    });
    sending.catch(() => {});
    this.#underWay = sending;
  }

  /** Rows that every column can hold. */
  #accepted(cells: Cells): Int32Array {
    const refused = new Map<number, string>();
    this.#writers.forEach((writer, field) => {
      if (!writer.mayRefuse) return;
      for (let row = 0; row < cells.rows; row++) {
        const reason = writer.refusal(cells.bytes, cells.at[row * cells.width + field] ?? 0);
        if (reason !== null && !refused.has(row)) refused.set(row, `${writer.name}: ${reason}`);
      }
    });
    const accepted = new Int32Array(cells.rows - refused.size);
    let next = 0;
    for (let row = 0; row < cells.rows; row++) {
      const reason = refused.get(row);
      if (reason === undefined) accepted[next++] = row;
      else this.#reject(cells, row, reason);
    }
    return accepted;
  }

  #reject(cells: Cells, row: number, reason: string): void {
    this.#rejectedCount++;
    if (this.#rejected.length >= KEPT_REJECTIONS) return;
    const start = (cells.at[row * cells.width] ?? 2) - 2;
    this.#rejected.push({
      key: tupleKey(cells.bytes.subarray(start), this.#table.projection.keyLength),
      reason,
    });
  }
}
