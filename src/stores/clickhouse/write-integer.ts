import { lengthAt } from "./cells.ts";
import { type ColumnType, decimalOf } from "./column-type.ts";
import { copyReversed8, eachChecked, fixedWriter, type ValueWriter } from "./value-writer.ts";

/**
 * int64 or int128 × 10^−scale into an integer or Decimal column, exactly or not at all.
 * @param precision digits that the declared type promises; 18 stands for int64 itself
 */
export function integerWriter(column: ColumnType, scale: number, precision: number): ValueWriter {
  if (column.base === "Int64") return { write: fixedWriter(8, copyReversed8) };
  if (column.base !== "Decimal") return plainInteger(column.base);
  const held = decimalOf(column);
  const size = held.precision <= 9 ? 4 : held.precision <= 18 ? 8 : held.precision <= 38 ? 16 : 32;
  const shift = held.scale - scale;
  const limit = 10n ** BigInt(held.precision);
  const fits = shift === 0 && precision <= held.precision;
  return {
    check: fits
      ? undefined
      : eachChecked((bytes, start) => {
          const value = shifted(integerAt(bytes, start), shift);
          if (value === null) return `more digits after the point than ${column.spelling} holds`;
          return value < limit && value > -limit ? null : `a number outside the range of ${column.spelling}`;
        }),
    write: fixedWriter(
      size,
      shift === 0 && size === 8 && precision <= 18
        ? copyReversed8
        : (target, position, source, start) =>
            writeBig(target, position, size, shifted(integerAt(source, start), shift) ?? 0n),
    ),
  };
}

/** Narrower integers, and UInt64: the low bytes, when nothing is lost. In two halves: BigInt takes ten times as long. */
function plainInteger(base: string): ValueWriter {
  const isUnsigned = base.startsWith("U");
  const size = Number(base.replace(/\D/g, "")) / 8;
  const bits = Math.min(size * 8, 32);
  const lowest = isUnsigned ? 0 : -(2 ** (bits - 1));
  const highest = isUnsigned ? 2 ** bits - 1 : 2 ** (bits - 1) - 1;
  const isWithin = (high: number, low: number): boolean => {
    if (size === 8) return high >= 0;
    const value = isUnsigned ? low >>> 0 : low;
    return high === (isUnsigned ? 0 : low >> 31) && value >= lowest && value <= highest;
  };
  return {
    check: eachChecked((bytes, start) =>
      isWithin(lengthAt(bytes, start), lengthAt(bytes, start + 4))
        ? null
        : `${bytes.readBigInt64BE(start)} is outside the range of ${base}`,
    ),
    write: fixedWriter(size, (target, position, source, start) => {
      for (let index = 0; index < size; index++) target[position + index] = source[start + 7 - index] ?? 0;
    }),
  };
}

/** The number at `start`: its length word before it says 8 or 16 bytes. */
function integerAt(bytes: Buffer, start: number): bigint {
  const high = bytes.readBigInt64BE(start);
  return lengthAt(bytes, start - 4) === 8 ? high : (high << 64n) | bytes.readBigUInt64BE(start + 8);
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
