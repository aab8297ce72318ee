import { once } from "node:events";
import type { Writable } from "node:stream";
import { from as copyFrom } from "pg-copy-streams";
import type { Session } from "./session.ts";

/** Signature, flags, length of the extension; field count −1: https://www.postgresql.org/docs/current/sql-copy.html */
const HEADER = Buffer.from("PGCOPY\n\u00ff\r\n\0\0\0\0\0\0\0\0\0", "latin1");
const TRAILER = Buffer.from([0xff, 0xff]);

/**
 * Runs `COPY … FROM STDIN (FORMAT binary)` with these tuples. What `chunks` throws is thrown as it is; the COPY and its
 * transaction have failed then. When the server ends the COPY first, or the session is cut, nobody waits for `chunks`.
 */
export async function copyIn(
  session: Session,
  sql: string,
  chunks: AsyncIterable<Uint8Array>,
): Promise<void> {
  let sourceError: { readonly thrown: unknown } | null = null;
  try {
    await session.raw(async (client) => {
      const stream = client.query(copyFrom(sql));
      const broken = new Promise<never>((_, reject) => {
        stream.on("error", reject);
      });
      // It may break while nobody races against it.
      broken.catch(() => {});
      await write(stream, HEADER, broken);
      const source = chunks[Symbol.asyncIterator]();
      for (;;) {
        const asked = source.next().catch((thrown: unknown) => {
          sourceError = { thrown };
          stream.destroy();
          return broken;
        });
        const next = await Promise.race([asked, broken]);
        if (next.done === true) break;
        await write(stream, next.value, broken);
      }
      stream.end(TRAILER);
      await Promise.race([once(stream, "finish"), broken]);
    });
  } catch (error) {
    throw sourceError === null ? error : (sourceError as { readonly thrown: unknown }).thrown;
  }
}

async function write(stream: Writable, chunk: Uint8Array, broken: Promise<never>): Promise<void> {
  if (!stream.write(chunk)) await Promise.race([once(stream, "drain"), broken]);
}
