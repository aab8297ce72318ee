import { lengthAt } from "./cells.ts";
import { isNull, type ValueWriter } from "./value-writer.ts";

/** Native arrays: where each ends, as UInt64 counted in elements; then all elements as one column. */
export function arrayWriter(element: ValueWriter): ValueWriter {
  const { check } = element;
  return {
    check:
      check &&
      ((bytes, at, refuse) => {
        const { cells, ends } = elementsOf(bytes, at);
        let owner = 0;
        // Refusals come in any order of elements, each looked up from where the last one was.
        check(bytes, cells, (index, reason) => {
          if (owner > 0 && (ends[owner - 1] ?? 0) > index) owner = 0;
          while ((ends[owner] ?? Number.POSITIVE_INFINITY) <= index) owner++;
          refuse(owner, reason);
        });
      }),
    write(sink, bytes, at) {
      const { cells, ends } = elementsOf(bytes, at);
      sink.ensure(at.length * 8);
      for (const end of ends) {
        sink.bytes.writeUInt32LE(end, sink.position);
        sink.bytes.writeUInt32LE(0, sink.position + 4);
        sink.position += 8;
      }
      element.write(sink, bytes, cells);
    },
  };
}

/** The length words of all elements, and how many there are up to the end of each array; NULL has none. */
function elementsOf(bytes: Buffer, at: Int32Array): { cells: Int32Array; ends: Int32Array } {
  const ends = new Int32Array(at.length);
  let total = 0;
  for (let index = 0; index < at.length; index++) {
    const cell = at[index] ?? 0;
    if (!isNull(bytes, cell)) total += lengthAt(bytes, cell + 4);
    ends[index] = total;
  }
  const cells = new Int32Array(total);
  let next = 0;
  for (let index = 0; index < at.length; index++) {
    let cell = (at[index] ?? 0) + 8;
    for (const end = ends[index] ?? 0; next < end; next++) {
      cells[next] = cell;
      cell += 4 + Math.max(0, lengthAt(bytes, cell));
    }
  }
  return { cells, ends };
}
