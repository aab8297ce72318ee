import { EventEmitter } from "node:events";
import fc from "fast-check";
import type { Connection } from "pg";
import { describe, expect, it } from "vitest";
import { encodeTuple } from "../../../src/encoding/tuple.ts";
import { CopyOut } from "../../../src/stores/postgres/copy-out.ts";

const HEADER = Buffer.from("PGCOPY\n\u00ff\r\n\0\0\0\0\0\0\0\0\0", "latin1");

function message(type: string, body: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
}

/** What a server sends for these rows; the header travels with the first row. */
function copyMessages(rows: readonly Uint8Array[]): Buffer {
  const bodies = [...rows, Buffer.from([0xff, 0xff])];
  const data = bodies.map((body, index) => message("d", index === 0 ? Buffer.concat([HEADER, body]) : body));
  const notice = message("N", Buffer.from("SNOTICE\0\0"));
  const done = [message("c", Buffer.alloc(0)), message("C", Buffer.from("COPY 1\0"))];
  return Buffer.concat([
    message("H", Buffer.alloc(7)),
    ...data.slice(0, 1),
    notice,
    ...data.slice(1),
    ...done,
  ]);
}

class FakeSocket extends EventEmitter {
  pauses = 0;
  pause(): void {
    this.pauses++;
  }
  resume(): void {}
}

/** A query on a socket; pg's own listener collects what is handed back. */
function started() {
  const socket = new FakeSocket();
  const handedBack: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => handedBack.push(chunk));
  const query = new CopyOut("COPY …");
  query.submit({ stream: socket, query: () => {} } as unknown as Connection);
  return { socket, handedBack, query };
}

describe("reading a COPY", () => {
  it("whole rows come out however the bytes are cut, and the rest goes back to pg", async () => {
    const row = fc.array(fc.option(fc.uint8Array({ maxLength: 30 })), { maxLength: 4 }).map(encodeTuple);
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { maxLength: 30 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        async (rows, cuts) => {
          const { socket, handedBack, query } = started();
          const ready = message("Z", Buffer.from("I"));
          const bytes = Buffer.concat([copyMessages(rows), ready]);
          for (let at = 0, index = 0; at < bytes.length; index++) {
            const size = cuts[index % cuts.length] ?? 1;
            socket.emit("data", bytes.subarray(at, at + size));
            at += size;
          }
          expect(Buffer.concat(handedBack)).toEqual(ready);
          query.handleReadyForQuery();
          const got: Uint8Array[] = [];
          let count = 0;
          for await (const batch of query.batches()) {
            got.push(batch.bytes);
            count += batch.rows;
          }
          expect(count).toBe(rows.length);
          expect(Buffer.concat(got)).toEqual(Buffer.concat(rows));
          expect(query.finished).toBe(true);
        },
      ),
    );
  });

  it("batches are about a megabyte, a larger row one of its own; a slow reader stops the socket", async () => {
    const rows = Array.from({ length: 100 }, (_, i) =>
      encodeTuple([Buffer.alloc(i === 50 ? 3_000_000 : 100_000, i)]),
    );
    const { socket, query } = started();
    socket.emit("data", copyMessages(rows));
    expect(socket.pauses).toBe(1);
    query.handleReadyForQuery();
    const sizes: number[] = [];
    for await (const batch of query.batches()) sizes.push(batch.bytes.length);
    expect(Math.max(...sizes.filter((size) => size < 3_000_000))).toBeLessThanOrEqual(1 << 20);
    expect(sizes.filter((size) => size > 3_000_000)).toHaveLength(1);
    expect(sizes.reduce((sum, size) => sum + size)).toBe(rows.reduce((sum, row) => sum + row.length, 0));
  });

  it("an error ends it after what came before, and is pg's to read", async () => {
    const { socket, handedBack, query } = started();
    const error = message("E", Buffer.from("SERROR\0\0"));
    socket.emit("data", Buffer.concat([message("H", Buffer.alloc(7)), error]));
    expect(Buffer.concat(handedBack)).toEqual(error);
    query.handleError(new Error("broken"));
    await expect(query.batches().next()).rejects.toThrow("broken");
    expect(query.finished).toBe(false);
  });
});
