import { lengthAt } from "./cells.ts";
import type { ValueWriter } from "./value-writer.ts";

/** Native arrays: where each ends, as UInt64 counted in elements; then all elements as one column. */
export function arrayWriter(element: ValueWriter): ValueWriter {
  const { refusal } = element;
  return {
    ...(refusal !== undefined && {
      refusal: (bytes: Buffer, at: number) => {
        let found: string | null = null;
        eachElement(bytes, at, (cell) => {
          found ??= refusal(bytes, cell);
        });
        return found;
      },
    }),
    write(sink, bytes, at) {
      const cells: number[] = [];
      sink.ensure(at.length * 8);
      for (const cell of at) {
        eachElement(bytes, cell, (elementCell) => cells.push(elementCell));
        sink.bytes.writeBigUInt64LE(BigInt(cells.length), sink.position);
        sink.position += 8;
      }
      element.write(sink, bytes, Int32Array.from(cells));
    },
  };
}

/** Calls back with the length word of each element; of NULL there are none. */
function eachElement(bytes: Buffer, at: number, visit: (cell: number) => void): void {
  if (lengthAt(bytes, at) < 0) return;
  const count = lengthAt(bytes, at + 4);
  let cell = at + 8;
  for (let index = 0; index < count; index++) {
    visit(cell);
    cell += 4 + Math.max(0, lengthAt(bytes, cell));
  }
}
