/** A buffer that grows. */
export class ByteSink {
  bytes: Buffer;
  /** Where the next byte goes. Whoever moves it has asked `ensure` for the room. */
  position = 0;

  /** @param room to write into; whoever gives it must not look at it meanwhile */
  constructor(room: Buffer) {
    this.bytes = room;
  }

  ensure(size: number): void {
    if (this.position + size <= this.bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.position + size));
    this.bytes.copy(grown, 0, 0, this.position);
    this.bytes = grown;
  }

  /** LEB128, as ClickHouse writes lengths. */
  varint(value: number): void {
    this.ensure(5);
    let rest = value;
    for (; rest >= 0x80; rest >>>= 7) this.bytes[this.position++] = (rest & 0x7f) | 0x80;
    this.bytes[this.position++] = rest;
  }

  text(value: string): void {
    const bytes = Buffer.from(value);
    this.varint(bytes.length);
    this.copy(bytes, 0, bytes.length);
  }

  /** `source` from `start` to `end`; short runs sooner than a call into the runtime. */
  copy(source: Buffer, start: number, end: number): void {
    const size = end - start;
    this.ensure(size);
    const { bytes, position } = this;
    if (size > 24) source.copy(bytes, position, start, end);
    else for (let index = 0; index < size; index++) bytes[position + index] = source[start + index] ?? 0;
    this.position = position + size;
  }

  take(): Buffer {
    return this.bytes.subarray(0, this.position);
  }
}
