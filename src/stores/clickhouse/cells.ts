import { DbctlError } from "../../errors.ts";

/** Where the fields of encoded rows lie: field f of row r has its length word at `at[r * width + f]`. */
export interface Cells {
  readonly bytes: Buffer;
  readonly rows: number;
  readonly width: number;
  readonly at: Int32Array;
}

/** @param bytes `rows` tuples of `width` fields back to back. @throws DATA_CORRUPT when they are something else */
export function cellsOf(bytes: Buffer, rows: number, width: number): Cells {
  const at = new Int32Array(rows * width);
  let position = 0;
  let cell = 0;
  for (let row = 0; row < rows; row++) {
    if ((((bytes[position] ?? 0) << 8) | (bytes[position + 1] ?? 0)) !== width) throw damaged(position);
    position += 2;
    for (let field = 0; field < width; field++) {
      at[cell++] = position;
      const length = lengthAt(bytes, position);
      position += length > 0 ? 4 + length : 4;
    }
  }
  if (position !== bytes.length) throw damaged(position);
  return { bytes, rows, width, at };
}

/** The length word at `position`; −1 for NULL. */
export function lengthAt(bytes: Uint8Array, position: number): number {
  return (
    ((bytes[position] ?? 0) << 24) |
    ((bytes[position + 1] ?? 0) << 16) |
    ((bytes[position + 2] ?? 0) << 8) |
    (bytes[position + 3] ?? 0)
  );
}

function damaged(position: number): DbctlError {
  return new DbctlError("DATA_CORRUPT", `a row encoding is damaged at byte ${position}`);
}
