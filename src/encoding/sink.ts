const SLAB_BYTES = 1 << 16;
const SHORT_TEXT = 48;

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/**
 * Where encoders write. Rows are handed out as views of slabs that are never written again, so a caller may keep them;
 * whoever keeps few of them for long should copy.
 */
export class Sink {
  bytes: Buffer;
  view: DataView;
  /** Where the next byte goes. Whoever moves it has asked `ensure` for the room. */
  position = 0;
  #start = 0;

  constructor() {
    this.bytes = Buffer.allocUnsafeSlow(SLAB_BYTES);
    this.view = viewOf(this.bytes);
  }

  /** Makes room for `size` more bytes. */
  ensure(size: number): void {
    if (this.position + size > this.bytes.length) this.#grow(size);
  }

  /** Begins anew; what `take` handed out stays untouched, what was not taken is given up. */
  begin(): void {
    this.position = this.#start;
  }

  /** Bytes since `begin`. */
  get written(): number {
    return this.position - this.#start;
  }

  /** What was written since `begin`. */
  take(): Uint8Array {
    const taken = this.bytes.subarray(this.#start, this.position);
    this.#start = this.position;
    return taken;
  }

  #grow(size: number): void {
    const used = this.position - this.#start;
    const grown = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, (used + size) * 2));
    this.bytes.copy(grown, 0, this.#start, this.position);
    this.bytes = grown;
    this.view = viewOf(grown);
    this.#start = 0;
    this.position = used;
  }

  /** A field of text: its length, then UTF-8. */
  text(text: string): void {
    if (this.shortAscii(text)) return;
    this.ensure(4 + text.length * 3);
    const length = this.bytes.write(text, this.position + 4);
    this.view.setInt32(this.position, length);
    this.position += 4 + length;
  }

  /** The same for a short text without U+0000, sooner than a call into the runtime; false when it is not one. */
  shortAscii(text: string): boolean {
    const { length } = text;
    if (length >= SHORT_TEXT) return false;
    this.ensure(4 + length);
    const { bytes } = this;
    const start = this.position + 4;
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index);
      if (code > 0x7f || code === 0) return false;
      bytes[start + index] = code;
    }
    this.view.setInt32(this.position, length);
    this.position = start + length;
    return true;
  }

  /** A field of bytes: its length, then the bytes. */
  raw(bytes: Uint8Array): void {
    this.ensure(4 + bytes.length);
    this.view.setInt32(this.position, bytes.length);
    this.bytes.set(bytes, this.position + 4);
    this.position += 4 + bytes.length;
  }

  /** A NULL field. */
  null(): void {
    this.ensure(4);
    this.view.setInt32(this.position, -1);
    this.position += 4;
  }
}
