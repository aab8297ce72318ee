import { DbctlError } from "../../errors.ts";
import type { RowBatch } from "../store.ts";
import type { Answer } from "./connection.ts";

const BATCH_BYTES = 1 << 20;

/**
 * Cuts an answer of tuples back to back (`FORMAT RawBLOB`) into batches of about a megabyte. Releases the answer.
 * @param width fields of every tuple: what is none, or is cut off, is noticed
 */
export async function* rowBatches(answer: Answer, width: number): AsyncGenerator<RowBatch> {
  try {
    let chunks: Buffer[] = [];
    let size = 0;
    let wanted = BATCH_BYTES;
    for (let chunk = await answer.read(); chunk !== null; chunk = await answer.read()) {
      chunks.push(chunk);
      size += chunk.length;
      if (size < wanted) continue;
      const bytes = Buffer.concat(chunks, size);
      const { rows, end } = wholeTuples(bytes, width);
      if (rows < 0) await failed(answer);
      chunks = [bytes.subarray(end)];
      size = bytes.length - end;
      // A row of many megabytes is not looked at again for every 64 KiB of it.
      wanted = Math.max(BATCH_BYTES, size * 2);
      if (rows > 0) yield { rows, bytes: bytes.subarray(0, end) };
    }
    const bytes = Buffer.concat(chunks, size);
    const { rows, end } = wholeTuples(bytes, width);
    if (rows < 0 || end !== bytes.length) await failed(answer);
    if (rows > 0) yield { rows, bytes };
  } finally {
    answer.release();
  }
}

/** How many tuples lie whole in `bytes`, and where the last of them ends; −1 rows when something else does. */
function wholeTuples(bytes: Buffer, width: number): { rows: number; end: number } {
  const size = bytes.length;
  let rows = 0;
  let end = 0;
  for (;;) {
    let position = end + 2;
    if (position > size) return { rows, end };
    if ((((bytes[end] ?? 0) << 8) | (bytes[end + 1] ?? 0)) !== width) return { rows: -1, end };
    for (let field = 0; field < width; field++) {
      if (position + 4 > size) return { rows, end };
      const length =
        ((bytes[position] ?? 0) << 24) |
        ((bytes[position + 1] ?? 0) << 16) |
        ((bytes[position + 2] ?? 0) << 8) |
        (bytes[position + 3] ?? 0);
      position += length > 0 ? 4 + length : 4;
    }
    if (position > size) return { rows, end };
    rows++;
    end = position;
  }
}

/** What is no tuple is an exception's text or a cut answer: the rest of it tells, or its absence. */
async function failed(answer: Answer): Promise<never> {
  for (;;) {
    if ((await answer.read()) !== null) continue;
    throw new DbctlError("STORE_UNREACHABLE", "ClickHouse cut its answer off", { store: "clickhouse" });
  }
}
