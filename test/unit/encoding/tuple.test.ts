import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  BatchBuilder,
  encodeTuple,
  tupleEnd,
  tupleFields,
  tupleKey,
  tuples,
} from "../../../src/encoding/tuple.ts";
import { arrayElements } from "../../../src/encoding/value.ts";
import { DbctlError } from "../../../src/errors.ts";

const field = fc.option(fc.uint8Array({ maxLength: 20 }));
const row = fc.array(field, { maxLength: 6 });

/** What `walk` gives, or the code of what it throws; anything but DATA_CORRUPT fails the test. */
function outcome(walk: () => unknown): string {
  try {
    walk();
    return "fine";
  } catch (error) {
    if (error instanceof DbctlError && error.code === "DATA_CORRUPT") return error.code;
    throw error;
  }
}

describe("tuples", () => {
  it("give back the fields they were made of", () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 8 }), (rows) => {
        const builder = new BatchBuilder(1);
        const batches = rows.map((fields) => builder.add(encodeTuple(fields)));
        const all = Buffer.concat(batches.map((batch) => batch?.bytes ?? new Uint8Array()));
        const walked = [...tuples({ rows: rows.length, bytes: all })];
        expect(walked.map((tuple) => tupleFields(tuple).map((bytes) => bytes && Buffer.from(bytes)))).toEqual(
          rows.map((fields) => fields.map((bytes) => bytes && Buffer.from(bytes))),
        );
        walked.forEach((tuple, index) => {
          const key = tupleKey(tuple, 2);
          tuple.fill(0);
          const expected = (rows[index] ?? []).slice(0, 2);
          expect(key.map((bytes) => bytes && [...bytes])).toEqual(
            expected.map((bytes) => bytes && [...bytes]),
          );
        });
      }),
    );
  });

  it("damaged ones are refused, never read beyond, never endless", () => {
    const garbage = fc.oneof(
      fc.uint8Array({ maxLength: 64 }),
      fc.tuple(row, fc.nat(), fc.nat({ max: 255 })).map(([fields, place, value]) => {
        const bytes = encodeTuple(fields);
        bytes[place % bytes.length] = value;
        return bytes;
      }),
      fc.tuple(row, fc.nat()).map(([fields, size]) => {
        const bytes = encodeTuple(fields);
        return bytes.subarray(0, size % bytes.length);
      }),
    );
    const seen = new Set<string>();
    fc.assert(
      fc.property(garbage, (bytes) => {
        // A view of a larger buffer: what lies behind it must not be read.
        const inside = Buffer.concat([bytes, Buffer.alloc(64, 0)]).subarray(0, bytes.length);
        seen.add(outcome(() => [...tuples({ rows: 1, bytes: inside })].map((tuple) => tupleFields(tuple))));
        outcome(() => tupleFields(inside));
        outcome(() => arrayElements(inside));
        outcome(() => {
          const end = tupleEnd(inside, 0);
          expect(end).toBeLessThanOrEqual(inside.length);
          expect(tupleFields(inside.subarray(0, end)).length).toBe(
            inside[0] === undefined ? 0 : Buffer.from(inside).readInt16BE(),
          );
        });
      }),
      { numRuns: 3000 },
    );
    expect([...seen].sort()).toEqual(["DATA_CORRUPT", "fine"]);
  });

  it("a length of less than −1 and a negative count are damage", () => {
    expect(outcome(() => tupleEnd(Buffer.from("0001fffffffe", "hex"), 0))).toBe("DATA_CORRUPT");
    expect(outcome(() => tupleEnd(Buffer.from("ffff", "hex"), 0))).toBe("DATA_CORRUPT");
    expect(outcome(() => tupleFields(Buffer.from("0001fffffffe", "hex")))).toBe("DATA_CORRUPT");
    expect(outcome(() => tupleFields(Buffer.from("00017fffffff00", "hex")))).toBe("DATA_CORRUPT");
  });

  it("batches hold about what they shall, and the rest is taken", () => {
    const builder = new BatchBuilder(100);
    const tuple = encodeTuple([Buffer.alloc(34)]);
    expect([builder.add(tuple), builder.add(tuple)]).toEqual([null, null]);
    expect(builder.add(tuple)).toMatchObject({ rows: 3 });
    expect(builder.take()).toBeNull();
    builder.add(tuple);
    expect(builder.take()?.bytes).toEqual(tuple);
  });
});
