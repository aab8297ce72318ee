import type { ByteSink } from "./byte-sink.ts";

/** Told of a cell that the column can't hold: its index in `at`, and why. */
export type Refuse = (index: number, reason: string) => void;

/**
 * Canonical bytes to ClickHouse's Native values of one column type, a column at a time: `at` holds where each cell's
 * length word is, its bytes stand behind that. NULL is the nullable wrapper's affair.
 */
export interface ValueWriter {
  /** Refuses the cells that the column can't hold exactly; passes over NULL. Left out where every value fits. */
  readonly check?: ((bytes: Buffer, at: Int32Array, refuse: Refuse) => void) | undefined;
  /** Writes the cells; for NULL any value that takes the right room. */
  write(sink: ByteSink, bytes: Buffer, at: Int32Array): void;
}

export type FixedCopy = (target: Buffer, position: number, source: Buffer, start: number) => void;

/** A cell's length word is negative only for NULL. */
export function isNull(bytes: Buffer, at: number): boolean {
  return (bytes[at] ?? 0) > 0x7f;
}

/** Writes values of `size` bytes each; zeros for NULL. */
export function fixedWriter(size: number, copy: FixedCopy): ValueWriter["write"] {
  return (sink, bytes, at) => {
    sink.ensure(at.length * size);
    const target = sink.bytes;
    let { position } = sink;
    for (let index = 0; index < at.length; index++) {
      const cell = at[index] ?? 0;
      if (isNull(bytes, cell)) target.fill(0, position, position + size);
      else copy(target, position, bytes, cell + 4);
      position += size;
    }
    sink.position = position;
  };
}

/** @param fault why the value at `start` can't be held; null when it can */
export function eachChecked(fault: (bytes: Buffer, start: number) => string | null): ValueWriter["check"] {
  return (bytes, at, refuse) => {
    for (let index = 0; index < at.length; index++) {
      const cell = at[index] ?? 0;
      if (isNull(bytes, cell)) continue;
      const reason = fault(bytes, cell + 4);
      if (reason !== null) refuse(index, reason);
    }
  };
}

export function copyByte(target: Buffer, position: number, source: Buffer, start: number): void {
  target[position] = source[start] ?? 0;
}

/** Eight bytes, turned round. */
export function copyReversed8(target: Buffer, position: number, source: Buffer, start: number): void {
  target[position] = source[start + 7] ?? 0;
  target[position + 1] = source[start + 6] ?? 0;
  target[position + 2] = source[start + 5] ?? 0;
  target[position + 3] = source[start + 4] ?? 0;
  target[position + 4] = source[start + 3] ?? 0;
  target[position + 5] = source[start + 2] ?? 0;
  target[position + 6] = source[start + 1] ?? 0;
  target[position + 7] = source[start] ?? 0;
}

/** ClickHouse keeps a UUID as two numbers, the first half first. */
export function copyUuid(target: Buffer, position: number, source: Buffer, start: number): void {
  copyReversed8(target, position, source, start);
  copyReversed8(target, position + 8, source, start + 8);
}
