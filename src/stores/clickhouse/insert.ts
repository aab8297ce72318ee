import { randomUUID } from "node:crypto";
import type { ClickHouseSettings } from "@clickhouse/client";
import { ByteSink } from "./byte-sink.ts";
import type { Cells } from "./cells.ts";
import type { ColumnWriter } from "./column-writer.ts";
import type { Connection } from "./connection.ts";
import { serverException } from "./errors.ts";
import { blockBytes, writeBlock } from "./native.ts";
import { ident } from "./sql.ts";
import type { Table } from "./table.ts";

const KEPT_ROOMS = 32;

/** Rows to insert, as a block. */
export interface Part {
  readonly cells: Cells;
  readonly rows: Int32Array;
  readonly sink: ByteSink;
}

const SETTINGS: ClickHouseSettings = {
  // One part for each partition: history of many months must not be refused.
  max_partitions_per_insert_block: "0",
  // What is sent at once is written at once, or not at all.
  min_insert_block_size_rows: "1048576",
  min_insert_block_size_bytes: "268435456",
  input_format_null_as_default: 0,
};

/** Exceptions that speak of a row's values: constraints, partition keys, materialized columns and views that compute. */
const ROW_FAULTS = new Set([
  "ARGUMENT_OUT_OF_BOUND",
  "BAD_ARGUMENTS",
  "CANNOT_CONVERT_TYPE",
  "CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN",
  "CANNOT_PARSE_DATE",
  "CANNOT_PARSE_DATETIME",
  "CANNOT_PARSE_NUMBER",
  "CANNOT_PARSE_TEXT",
  "CANNOT_PARSE_UUID",
  "DECIMAL_OVERFLOW",
  "FUNCTION_THROW_IF_VALUE_IS_NON_ZERO",
  "ILLEGAL_DIVISION",
  "INCORRECT_DATA",
  "TOO_LARGE_STRING_SIZE",
  "UNKNOWN_ELEMENT_OF_ENUM",
  "VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE",
  "VIOLATED_CONSTRAINT",
]);

/** Sends blocks; finds the rows that the engine refuses by halving. */
export class BlockSender {
  readonly #connection: Connection;
  readonly #writers: readonly ColumnWriter[];
  readonly #sql: string;
  readonly #rooms: Buffer[] = [];
  readonly #onReject: (cells: Cells, row: number, reason: string) => void;

  constructor(
    connection: Connection,
    table: Table,
    writers: readonly ColumnWriter[],
    onReject: (cells: Cells, row: number, reason: string) => void,
  ) {
    const names = writers.map(({ name }) => ident(name)).join(", ");
    this.#connection = connection;
    this.#writers = writers;
    this.#sql = `INSERT INTO ${table.name} (${names}) FORMAT Native`;
    this.#onReject = onReject;
  }

  part(cells: Cells, rows: Int32Array): Part {
    const least = blockBytes(this.#writers, cells);
    const fitting = this.#rooms.findIndex(({ length }) => length >= least);
    const [room = Buffer.allocUnsafe(least + (least >> 3))] =
      fitting < 0 ? [] : this.#rooms.splice(fitting, 1);
    const sink = new ByteSink(room);
    writeBlock(sink, this.#writers, cells, rows);
    return { cells, rows, sink };
  }

  /** Returns how many rows were written. */
  async send(parts: readonly Part[], signal: AbortSignal): Promise<number> {
    const [first] = parts;
    if (first === undefined) return 0;
    try {
      const blocks = parts.map(({ sink }) => sink.take());
      // Rows that were deleted and come back in an equal block are no repetition: every insert has a name of its own.
      const settings = { ...SETTINGS, insert_deduplication_token: randomUUID() };
      await this.#connection.insert(this.#sql, blocks, { signal, timeoutMs: 0, settings });
      // Memory that is written again: a stream of new buffers would outrun the garbage collector.
      this.#rooms.push(...parts.map(({ sink }) => sink.bytes).slice(0, KEPT_ROOMS - this.#rooms.length));
      return parts.reduce((sum, { rows }) => sum + rows.length, 0);
    } catch (error) {
      const exception = serverException(error);
      if (exception === null || !ROW_FAULTS.has(exception.name)) throw error;
      if (parts.length === 1 && first.rows.length === 1) {
        this.#onReject(first.cells, first.rows[0] ?? 0, exception.message);
        return 0;
      }
    }
    let written = 0;
    for (const half of this.#halves(parts, first)) written += await this.send(half, signal);
    return written;
  }

  #halves(parts: readonly Part[], { cells, rows }: Part): readonly (readonly Part[])[] {
    if (parts.length > 1) {
      const middle = parts.length >> 1;
      return [parts.slice(0, middle), parts.slice(middle)];
    }
    const middle = rows.length >> 1;
    return [[this.part(cells, rows.subarray(0, middle))], [this.part(cells, rows.subarray(middle))]];
  }
}
