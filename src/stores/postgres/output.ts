/** A buffer that grows. */
export class Output {
  buffer: Buffer;
  used = 0;

  constructor(capacity: number) {
    this.buffer = Buffer.allocUnsafeSlow(Math.max(64, capacity));
  }

  /** Makes room for so many more bytes. */
  reserve(size: number): void {
    if (this.used + size <= this.buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.buffer.length * 2, this.used + size));
    this.buffer.copy(larger, 0, 0, this.used);
    this.buffer = larger;
  }

  int16(value: number): void {
    this.reserve(2);
    this.used = this.buffer.writeInt16BE(value, this.used);
  }

  int32(value: number): void {
    this.reserve(4);
    this.used = this.buffer.writeInt32BE(value, this.used);
  }

  copy(source: Buffer, from: number, to: number): void {
    if (from === to) return;
    this.reserve(to - from);
    this.used += source.copy(this.buffer, this.used, from, to);
  }

  bytes(): Buffer {
    return this.buffer.subarray(0, this.used);
  }
}
