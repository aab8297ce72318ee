/** An identifier, quoted whatever it holds. */
export function ident(name: string): string {
  return `\`${name.replaceAll("\\", "\\\\").replaceAll("`", "\\`")}\``;
}

/** A string literal. */
export function text(value: string): string {
  return `'${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

/** A String literal of exactly these bytes. */
export function hex(bytes: Uint8Array): string {
  return `x'${asBuffer(bytes).toString("hex")}'`;
}

/** A short run of bytes as an escaped literal: the constant parts of a row encoding. */
export function escaped(bytes: Uint8Array): string {
  return `'${asBuffer(bytes).toString("hex").replace(/../g, "\\x$&")}'`;
}

/** The same memory as a Buffer. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function int32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeInt32BE(value);
  return bytes;
}
