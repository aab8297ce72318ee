import type { ByteSink } from "./byte-sink.ts";

/**
 * Canonical bytes to ClickHouse's Native values of one column type. A cell's length word is at `at`, its bytes behind
 * it; NULL is the nullable wrapper's affair.
 */
export interface ValueWriter {
  /** Why the column can't hold exactly this value; null when it can. Left out where every value fits. */
  readonly refusal?: (bytes: Buffer, at: number) => string | null;
  /** Writes the cells; for a cell of length −1 (NULL) any value that takes the right room. */
  write(sink: ByteSink, bytes: Buffer, at: Int32Array): void;
}

export type FixedCopy = (target: Buffer, position: number, source: Buffer, start: number) => void;

/** Values of `size` bytes each; zeros for NULL. */
export function eachFixed(
  sink: ByteSink,
  bytes: Buffer,
  at: Int32Array,
  size: number,
  copy: FixedCopy,
): void {
  sink.ensure(at.length * size);
  const target = sink.bytes;
  let { position } = sink;
  for (let index = 0; index < at.length; index++) {
    const cell = at[index] ?? 0;
    if ((bytes[cell] ?? 0) & 0x80) target.fill(0, position, position + size);
    else copy(target, position, bytes, cell + 4);
    position += size;
  }
  sink.position = position;
}

export const copyByte: FixedCopy = (target, position, source, start) => {
  target[position] = source[start] ?? 0;
};

/** Eight bytes, turned round. */
export const copyReversed8: FixedCopy = (target, position, source, start) => {
  target[position] = source[start + 7] ?? 0;
  target[position + 1] = source[start + 6] ?? 0;
  target[position + 2] = source[start + 5] ?? 0;
  target[position + 3] = source[start + 4] ?? 0;
  target[position + 4] = source[start + 3] ?? 0;
  target[position + 5] = source[start + 2] ?? 0;
  target[position + 6] = source[start + 1] ?? 0;
  target[position + 7] = source[start] ?? 0;
};

/** ClickHouse keeps a UUID as two numbers, the first half first. */
export const copyUuid: FixedCopy = (target, position, source, start) => {
  copyReversed8(target, position, source, start);
  copyReversed8(target, position + 8, source, start + 8);
};
