/** Exact decimals as scaled integers. */
import { DbctlError } from "../errors.ts";

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,6}))?$/;
const ZERO = 0x30;
const POINT = 0x2e;
const MINUS = 0x2d;
/** More digits than any declared type keeps: a decimal has at most 38. */
const MAX_SHIFT = 2_000;

/** Whether a decimal of this precision takes 8 bytes; otherwise 16. */
export function isInt64Decimal(precision: number): boolean {
  return precision <= 18;
}

/**
 * `text` × 10^scale, rounded half away from zero. @throws VALUE_UNREPRESENTABLE when it is no decimal number or
 * does not fit the precision
 */
export function parseDecimal(text: string, precision: number, scale: number): bigint {
  const match = DECIMAL.exec(text);
  const digits = match === null ? "" : (match[2] ?? "") + (match[3] ?? "");
  if (match === null || digits === "") throw unrepresentable(text, precision, scale);
  const shift = Number(match[4] ?? 0) - (match[3] ?? "").length + scale;
  const magnitude = shiftDecimal(digits, shift);
  if (magnitude === null || magnitude >= 10n ** BigInt(precision))
    throw unrepresentable(text, precision, scale);
  return match[1] === "-" ? -magnitude : magnitude;
}

/** Up to here every whole number is an exact double, and so is its tenfold. */
const MOST_PLAIN_LENGTH = 16;

/**
 * The same for plain texts of few digits, as a number; null for what `parseDecimal` has to look at: signs other than
 * a minus, exponents, more digits after the point than `scale`, more than 15 digits in all.
 */
export function parsePlainDecimal(text: string, precision: number, scale: number): number | null {
  const { length } = text;
  if (length === 0 || length > MOST_PLAIN_LENGTH) return null;
  const isNegative = text.charCodeAt(0) === MINUS;
  let value = 0;
  let digits = 0;
  let fraction = -1;
  for (let index = isNegative ? 1 : 0; index < length; index++) {
    const code = text.charCodeAt(index);
    if (code === POINT && fraction < 0) fraction = 0;
    else {
      const digit = code - ZERO;
      if (digit < 0 || digit > 9) return null;
      value = value * 10 + digit;
      digits++;
      if (fraction >= 0) fraction++;
    }
  }
  const shift = scale - Math.max(fraction, 0);
  if (digits === 0 || shift < 0 || digits + shift > Math.min(precision, 15)) return null;
  const scaled = value * 10 ** shift;
  return isNegative && scaled !== 0 ? -scaled : scaled;
}

/** digits × 10^shift, rounded half up; null when it is far out of any range. */
function shiftDecimal(digits: string, shift: number): bigint | null {
  if (shift >= 0) {
    if (/^0+$/.test(digits)) return 0n;
    return shift > MAX_SHIFT ? null : BigInt(digits) * 10n ** BigInt(shift);
  }
  const kept = digits.length + shift;
  if (kept < 0) return 0n;
  const rounded = BigInt(digits.slice(0, kept) || "0");
  return digits.charCodeAt(kept) >= 0x35 ? rounded + 1n : rounded;
}

/** The inverse of `parseDecimal`: always `scale` digits after the point. */
export function formatDecimal(unscaled: bigint, scale: number): string {
  const sign = unscaled < 0n ? "-" : "";
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, "0");
  return scale === 0 ? sign + digits : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

function unrepresentable(text: string, precision: number, scale: number): DbctlError {
  const shown = JSON.stringify(text.slice(0, 60));
  return new DbctlError("VALUE_UNREPRESENTABLE", `${shown} is no decimal(${precision},${scale})`);
}
