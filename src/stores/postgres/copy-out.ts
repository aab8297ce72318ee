import type { Connection, Submittable } from "pg";
import type { RowBatch } from "../store.ts";

const BATCH_BYTES = 1 << 20;
/** Batches that wait for their reader before the socket is paused. */
const HIGH_WATER = 4;
const MESSAGE_HEADER_BYTES = 5;
/** Signature, flags and length of the extension: https://www.postgresql.org/docs/current/sql-copy.html */
const FILE_HEADER_BYTES = 19;

const COPY_DATA = 0x64;
/**
 * Messages that say nothing to us: CopyOutResponse, CopyDone, CommandComplete (of statements around the COPY, too),
 * notices, parameters, notifications.
 */
const IGNORED = new Set([0x48, 0x63, 0x43, 0x4e, 0x53, 0x41]);

/** The part of pg's undocumented listener interface that a query is called through. */
interface SocketLike {
  listeners(event: "data"): ((chunk: Buffer) => void)[];
  on(event: "data", listener: (chunk: Buffer) => void): void;
  off(event: "data", listener: (chunk: Buffer) => void): void;
  pause(): void;
  resume(): void;
}

/**
 * `COPY … TO STDOUT (FORMAT binary)` as a query of a pg client: batches of whole tuples, header and trailer taken off.
 *
 * pg-copy-streams hands out arbitrary chunks, so that every row would have to be walked a second time to find where
 * it ends. The server sends one CopyData message a row; here its length is the row's, and each row is copied once.
 * While rows flow this reads the socket in pg's place; whatever is not COPY's is handed back to pg.
 */
export class CopyOut implements Submittable {
  readonly #text: string;
  #socket: SocketLike | null = null;
  #pgListener: ((chunk: Buffer) => void) | null = null;
  #paused = false;

  /** A message's header that is split over two chunks. */
  readonly #partialHeader = Buffer.alloc(MESSAGE_HEADER_BYTES);
  #partialHeaderBytes = 0;
  /** What is still to come of the message's body, and whether it is kept. */
  #bodyLeft = 0;
  #keepBody = false;
  #fileHeaderLeft = FILE_HEADER_BYTES;
  #bodyStart = 0;

  #batch = Buffer.allocUnsafeSlow(BATCH_BYTES);
  #used = 0;
  #rows = 0;

  readonly #ready: RowBatch[] = [];
  #ended = false;
  #error: unknown = null;
  #wake: (() => void) | null = null;

  constructor(text: string) {
    this.#text = text;
  }

  /** To be read once. Leaving the loop early leaves the session unusable: it must then be destroyed. */
  async *batches(): AsyncGenerator<RowBatch, void, undefined> {
    for (;;) {
      const batch = this.#ready.shift();
      if (batch !== undefined) {
        if (this.#paused && this.#ready.length < HIGH_WATER / 2) this.#resume();
        yield batch;
      } else if (this.#error !== null) {
        throw this.#error;
      } else if (this.#ended) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  get finished(): boolean {
    return this.#ended;
  }

  /** Called by pg when it is this query's turn. */
  submit(connection: Connection): void {
    const socket = connection.stream as unknown as SocketLike;
    this.#socket = socket;
    this.#pgListener = socket.listeners("data")[0] ?? null;
    if (this.#pgListener !== null) socket.off("data", this.#pgListener);
    socket.on("data", this.#onData);
    connection.query(this.#text);
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.#flush();
    this.#end(null);
  }

  /** An error of the server, or the end of the connection. */
  handleError(error: unknown): void {
    this.#handBack(null);
    this.#end(error);
  }

  readonly #onData = (chunk: Buffer): void => {
    let offset = 0;
    while (offset < chunk.length) {
      if (this.#bodyLeft > 0) {
        offset = this.#body(chunk, offset);
      } else if (this.#partialHeaderBytes > 0 || chunk.length - offset < MESSAGE_HEADER_BYTES) {
        const missing = MESSAGE_HEADER_BYTES - this.#partialHeaderBytes;
        const taken = chunk.copy(this.#partialHeader, this.#partialHeaderBytes, offset, offset + missing);
        this.#partialHeaderBytes += taken;
        offset += taken;
        if (this.#partialHeaderBytes < MESSAGE_HEADER_BYTES) return;
        this.#partialHeaderBytes = 0;
        if (!this.#begin(this.#partialHeader, 0)) {
          this.#handBack(Buffer.concat([this.#partialHeader, chunk.subarray(offset)]));
          return;
        }
      } else if (this.#begin(chunk, offset)) {
        offset += MESSAGE_HEADER_BYTES;
      } else {
        this.#handBack(chunk.subarray(offset));
        return;
      }
    }
  };

  /** Takes in a message's header; false when the message is pg's to read. */
  #begin(bytes: Buffer, offset: number): boolean {
    const type = bytes[offset] ?? 0;
    const length = bytes.readInt32BE(offset + 1) - 4;
    if (type === COPY_DATA) {
      if (this.#used + length > this.#batch.length) this.#flush(length);
      this.#keepBody = true;
      this.#bodyStart = this.#used;
    } else if (IGNORED.has(type)) {
      this.#keepBody = false;
    } else {
      return false;
    }
    this.#bodyLeft = length;
    return true;
  }

  /** Takes in what `chunk` holds of the current message's body, and returns where it ends. */
  #body(chunk: Buffer, offset: number): number {
    const end = Math.min(chunk.length, offset + this.#bodyLeft);
    this.#bodyLeft -= end - offset;
    if (this.#keepBody) {
      let from = offset;
      if (this.#fileHeaderLeft > 0) {
        from = Math.min(end, offset + this.#fileHeaderLeft);
        this.#fileHeaderLeft -= from - offset;
      }
      this.#used += chunk.copy(this.#batch, this.#used, from, end);
      if (this.#bodyLeft === 0) this.#endTuple();
    }
    return end;
  }

  #endTuple(): void {
    if (this.#used === this.#bodyStart) return;
    // A field count of −1 is the trailer.
    if (this.#batch[this.#bodyStart] === 0xff) this.#used = this.#bodyStart;
    else this.#rows++;
  }

  /** Hands the batch over and makes room for a row of `nextBytes`. */
  #flush(nextBytes = 0): void {
    if (this.#rows > 0) {
      const bytes = this.#batch.subarray(0, this.#used);
      // Who keeps a few rows shall not keep a megabyte.
      const isSmall = this.#used < BATCH_BYTES / 2;
      this.#ready.push({ rows: this.#rows, bytes: isSmall ? Buffer.copyBytesFrom(bytes) : bytes });
      if (this.#ready.length >= HIGH_WATER && !this.#paused) this.#pause();
      this.#notify();
    }
    this.#rows = 0;
    this.#used = 0;
    this.#batch = Buffer.allocUnsafeSlow(nextBytes === 0 ? 0 : Math.max(BATCH_BYTES, nextBytes));
  }

  #handBack(rest: Buffer | null): void {
    const [socket, listener] = [this.#socket, this.#pgListener];
    this.#socket = null;
    this.#pgListener = null;
    if (socket === null) return;
    socket.off("data", this.#onData);
    if (listener !== null) socket.on("data", listener);
    socket.resume();
    if (rest !== null) listener?.(rest);
  }

  #end(error: unknown): void {
    if (this.#ended || this.#error !== null) return;
    if (error === null) this.#ended = true;
    else this.#error = error;
    this.#notify();
  }

  #pause(): void {
    this.#paused = true;
    this.#socket?.pause();
  }

  #resume(): void {
    this.#paused = false;
    this.#socket?.resume();
  }

  #notify(): void {
    this.#wake?.();
    this.#wake = null;
  }
}
