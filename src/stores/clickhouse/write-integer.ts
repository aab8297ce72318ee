import { lengthAt } from "./cells.ts";
import { type ColumnType, decimalOf } from "./column-type.ts";
import { copyReversed8, eachFixed, type ValueWriter } from "./value-writer.ts";

/**
 * int64 or int128 × 10^−scale into an integer or Decimal column, exactly or not at all.
 * @param precision digits that the declared type promises; int64 itself for 18
 */
export function integerWriter(column: ColumnType, scale: number, precision: number): ValueWriter {
  if (column.base === "Int64")
    return { write: (sink, bytes, at) => eachFixed(sink, bytes, at, 8, copyReversed8) };
  if (column.base !== "Decimal") return plainInteger(column);
  const held = decimalOf(column);
  const size = held.precision <= 9 ? 4 : held.precision <= 18 ? 8 : held.precision <= 38 ? 16 : 32;
  const shift = held.scale - scale;
  const limit = 10n ** BigInt(held.precision);
  const isSame = shift === 0 && size === 8 && precision <= 18;
  return {
    ...(!(shift === 0 && precision <= held.precision) && {
      refusal: (bytes: Buffer, at: number) => {
        const value = shifted(integerAt(bytes, at), shift);
        if (value === null) return `more digits after the point than ${column.spelling} holds`;
        return value < limit && value > -limit ? null : `a number outside the range of ${column.spelling}`;
      },
    }),
    write: (sink, bytes, at) =>
      eachFixed(sink, bytes, at, size, (target, position, source, start) => {
        if (isSame) copyReversed8(target, position, source, start);
        else writeBig(target, position, size, shifted(integerAt(source, start - 4), shift) ?? 0n);
      }),
  };
}

/** Narrower integers, and UInt64: the low bytes, when nothing is lost. */
function plainInteger(column: ColumnType): ValueWriter {
  const isUnsigned = column.base.startsWith("U");
  const size = Number(column.base.replace(/\D/g, "")) / 8;
  const lowest = isUnsigned ? 0n : -(2n ** BigInt(size * 8 - 1));
  const highest = isUnsigned ? 2n ** BigInt(size * 8) - 1n : 2n ** BigInt(size * 8 - 1) - 1n;
  return {
    refusal(bytes, at) {
      const value = bytes.readBigInt64BE(at + 4);
      return value >= lowest && value <= highest ? null : `${value} is outside the range of ${column.base}`;
    },
    write: (sink, bytes, at) =>
      eachFixed(sink, bytes, at, size, (target, position, source, start) => {
        for (let index = 0; index < size; index++) target[position + index] = source[start + 7 - index] ?? 0;
      }),
  };
}

/** The number whose length word is at `at`: 8 or 16 bytes. */
function integerAt(bytes: Buffer, at: number): bigint {
  const high = bytes.readBigInt64BE(at + 4);
  return lengthAt(bytes, at) === 8 ? high : (high << 64n) | bytes.readBigUInt64BE(at + 12);
}

/** value × 10^shift; null when that is no whole number. */
function shifted(value: bigint, shift: number): bigint | null {
  if (shift >= 0) return value * 10n ** BigInt(shift);
  const divisor = 10n ** BigInt(-shift);
  return value % divisor === 0n ? value / divisor : null;
}

function writeBig(target: Buffer, position: number, size: number, value: bigint): void {
  if (size === 4) target.writeInt32LE(Number(value), position);
  else {
    let rest = value;
    for (let offset = 0; offset < size; offset += 8, rest >>= 64n) {
      target.writeBigUInt64LE(BigInt.asUintN(64, rest), position + offset);
    }
  }
}
