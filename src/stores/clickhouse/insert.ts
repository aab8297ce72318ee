import type { ClickHouseSettings } from "@clickhouse/client";
import type { Cells } from "./cells.ts";
import type { ColumnWriter } from "./column-writer.ts";
import type { Connection } from "./connection.ts";
import { serverException } from "./errors.ts";
import { encodeBlock } from "./native.ts";
import { ident } from "./sql.ts";
import type { Table } from "./table.ts";

const SETTINGS: ClickHouseSettings = {
  // A row that was deleted and comes back in an equal block is no repetition.
  insert_deduplicate: 0,
  // A block is one part a partition: history of many months must not be refused.
  max_partitions_per_insert_block: "0",
  max_insert_block_size: "1048576",
  input_format_null_as_default: 0,
};

/** Exceptions that speak of a row's values: constraints, partition keys, materialized columns and views that compute. */
const ROW_FAULTS = new Set([
  "ARGUMENT_OUT_OF_BOUND",
  "BAD_ARGUMENTS",
  "CANNOT_CONVERT_TYPE",
  "CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN",
  "CANNOT_INSERT_VALUE_OF_DIFFERENT_SIZE_INTO_TUPLE",
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

  encode(cells: Cells, rows: Int32Array): Buffer[] {
    return encodeBlock(this.#writers, cells, rows);
  }

  /** @param block the rows encoded already. Returns how many were written. */
  async send(cells: Cells, rows: Int32Array, block: Buffer[] | null, signal: AbortSignal): Promise<number> {
    try {
      const chunks = block ?? this.encode(cells, rows);
      await this.#connection.insert(this.#sql, chunks, { signal, timeoutMs: 0, settings: SETTINGS });
      return rows.length;
    } catch (error) {
      const exception = serverException(error);
      if (exception === null || !ROW_FAULTS.has(exception.name)) throw error;
      if (rows.length === 1) {
        this.#onReject(cells, rows[0] ?? 0, exception.message);
        return 0;
      }
    }
    const middle = rows.length >> 1;
    const first = await this.send(cells, rows.subarray(0, middle), null, signal);
    return first + (await this.send(cells, rows.subarray(middle), null, signal));
  }
}
