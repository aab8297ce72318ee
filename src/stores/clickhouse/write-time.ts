import { lengthAt } from "./cells.ts";
import { type ColumnType, secondDigits } from "./column-type.ts";
import { EPOCH_DAYS, EPOCH_US } from "./projection.ts";
import { copyReversed8, eachChecked, fixedWriter, type ValueWriter } from "./value-writer.ts";

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
const INT32_MIN = -0x80000000;
const INT32_MAX = 0x7fffffff;
const EPOCH_HIGH = Number(EPOCH_US >> 32n);
const EPOCH_LOW = Number(EPOCH_US & 0xffffffffn);

/** µs since 2000 into DateTime64 or DateTime, exactly or not at all; ±infinity are the extremes of DateTime64. */
export function timestampWriter(column: ColumnType): ValueWriter {
  const digits = secondDigits(column);
  if (column.base === "DateTime64" && digits === 6) {
    return {
      // Only the last 30 years before the year 294,277 do not fit.
      check: eachChecked((bytes, start) =>
        bytes[start] === 0x7f && ticksOf(bytes.readBigInt64BE(start), 6) === null
          ? `a timestamp outside the range of ${column.spelling}`
          : null,
      ),
      write: fixedWriter(8, writeMicroseconds),
    };
  }
  const isShort = column.base === "DateTime";
  const ticksAt = (bytes: Buffer, start: number): bigint | null => {
    const ticks = ticksOf(bytes.readBigInt64BE(start), digits);
    return ticks !== null && isShort && (ticks < 0n || ticks >= 2n ** 32n) ? null : ticks;
  };
  return {
    check: eachChecked((bytes, start) =>
      ticksAt(bytes, start) === null ? `a timestamp that ${column.spelling} does not hold exactly` : null,
    ),
    write: fixedWriter(isShort ? 4 : 8, (target, position, source, start) => {
      const ticks = ticksAt(source, start) ?? 0n;
      if (isShort) target.writeUInt32LE(Number(ticks), position);
      else target.writeBigInt64LE(ticks, position);
    }),
  };
}

/** Ticks of 10^−digits s since 1970; null when that is no whole number of them, or not an int64. */
function ticksOf(us: bigint, digits: number): bigint | null {
  if (us === INT64_MIN || us === INT64_MAX) return us;
  const since1970 = us + EPOCH_US;
  const factor = 10n ** BigInt(Math.abs(6 - digits));
  if (digits < 6 && since1970 % factor !== 0n) return null;
  const ticks = digits < 6 ? since1970 / factor : since1970 * factor;
  return ticks > INT64_MIN && ticks < INT64_MAX ? ticks : null;
}

/** us + EPOCH_US in two halves: BigInt would take ten times as long. */
function writeMicroseconds(target: Buffer, position: number, source: Buffer, start: number): void {
  const high = lengthAt(source, start);
  const low = lengthAt(source, start + 4) >>> 0;
  if ((high === INT32_MIN && low === 0) || (high === INT32_MAX && low === 0xffffffff)) {
    copyReversed8(target, position, source, start);
    return;
  }
  const sum = low + EPOCH_LOW;
  writeInt32(target, position, sum | 0);
  writeInt32(target, position + 4, (high + EPOCH_HIGH + (sum > 0xffffffff ? 1 : 0)) | 0);
}

function writeInt32(target: Buffer, position: number, value: number): void {
  target[position] = value;
  target[position + 1] = value >> 8;
  target[position + 2] = value >> 16;
  target[position + 3] = value >> 24;
}

/** Days since 2000 into Date or Date32; ±infinity are the extremes of Date32. */
export function dateWriter(column: ColumnType): ValueWriter {
  const isShort = column.base === "Date";
  const [lowest, highest] = isShort ? [0, 0xffff] : [INT32_MIN + 1, INT32_MAX - 1];
  const daysAt = (bytes: Buffer, start: number): number | null => {
    const days = lengthAt(bytes, start);
    if (!isShort && (days === INT32_MIN || days === INT32_MAX)) return days;
    const since1970 = days + EPOCH_DAYS;
    return since1970 >= lowest && since1970 <= highest ? since1970 : null;
  };
  return {
    check: eachChecked((bytes, start) =>
      daysAt(bytes, start) === null ? `a date outside the range of ${column.base}` : null,
    ),
    write: fixedWriter(isShort ? 2 : 4, (target, position, source, start) => {
      const days = daysAt(source, start) ?? 0;
      if (isShort) target.writeUInt16LE(days, position);
      else writeInt32(target, position, days);
    }),
  };
}
