/** Dates of the proleptic Gregorian calendar over PostgreSQL's whole range, which is wider than JavaScript's Date. */
import { DbctlError } from "../errors.ts";

/** Days from 1970-01-01 to 2000-01-01. */
export const EPOCH_2000_DAYS = 10_957;
export const EPOCH_2000_MS = EPOCH_2000_DAYS * 86_400_000;
const DAY_US = 86_400_000_000n;

/** PostgreSQL's first and last values: 4713-11-24 BC; 294276-12-31T23:59:59.999999Z and 5874897-12-31. */
export const TIMESTAMP_MIN_US = -211_813_488_000_000_000n;
export const TIMESTAMP_MAX_US = 9_223_371_331_199_999_999n;
export const DATE_MIN_DAYS = -2_451_545;
export const DATE_MAX_DAYS = 2_145_031_948;

export const INT64_MIN = -(1n << 63n);
export const INT64_MAX = (1n << 63n) - 1n;
export const INT32_MIN = -(2 ** 31);
export const INT32_MAX = 2 ** 31 - 1;

/** Days since 2000-01-01; years are astronomical (0 is 1 BC). Source: Howard Hinnant, days_from_civil. */
export function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468 - EPOCH_2000_DAYS;
}

function civilFromDays(days: number): { year: number; month: number; day: number } {
  const z = days + 719_468 + EPOCH_2000_DAYS;
  const era = Math.floor(z / 146_097);
  const dayOfEra = z - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1,
  };
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, "0");
}

function formatYear(year: number): string {
  if (year >= 0 && year <= 9999) return pad(year, 4);
  return `${year < 0 ? "-" : "+"}${pad(Math.abs(year), 6)}`;
}

/** ISO 8601; years beyond four digits with a sign and at least six. */
export function formatDate(days: number): string {
  if (days === INT32_MAX) return "infinity";
  if (days === INT32_MIN) return "-infinity";
  const { year, month, day } = civilFromDays(days);
  return `${formatYear(year)}-${pad(month, 2)}-${pad(day, 2)}`;
}

/** ISO 8601 in UTC with six digits of a second. @param us since 2000-01-01T00:00:00Z */
export function formatTimestamp(us: bigint): string {
  if (us === INT64_MAX) return "infinity";
  if (us === INT64_MIN) return "-infinity";
  const inDay = ((us % DAY_US) + DAY_US) % DAY_US;
  const days = Number((us - inDay) / DAY_US);
  const seconds = Number(inDay / 1_000_000n);
  const time = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const clock = time.map((part) => pad(part, 2)).join(":");
  return `${formatDate(days)}T${clock}.${pad(Number(inDay % 1_000_000n), 6)}Z`;
}

const DATE = /^([+-]?\d{4,7})-(\d\d)-(\d\d)$/;
const TIMESTAMP =
  /^([+-]?\d{4,7}-\d\d-\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?\s?(?:(Z|z)|([+-])(\d\d)(?::?(\d\d))?)?$/;

function unrepresentable(kind: string, text: string): DbctlError {
  return new DbctlError("VALUE_UNREPRESENTABLE", `${JSON.stringify(text.slice(0, 60))} is no ${kind}`);
}

function parseDay(text: string, kind: string): number {
  const match = DATE.exec(text);
  if (match === null) throw unrepresentable(kind, text);
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const days = daysFromCivil(year, month, day);
  const back = civilFromDays(days);
  if (month < 1 || month > 12 || back.month !== month || back.day !== day) throw unrepresentable(kind, text);
  return days;
}

/** Days since 2000-01-01 of `YYYY-MM-DD`, `infinity`, `-infinity`. @throws VALUE_UNREPRESENTABLE */
export function parseDate(text: string): number {
  if (text === "infinity") return INT32_MAX;
  if (text === "-infinity") return INT32_MIN;
  const days = parseDay(text, "date (YYYY-MM-DD)");
  if (days < DATE_MIN_DAYS || days > DATE_MAX_DAYS) throw unrepresentable("date that PostgreSQL holds", text);
  return days;
}

/** Rounds beyond the microsecond as PostgreSQL does: rint() of the fraction as a double. */
function fractionUs(digits: string): number {
  if (digits.length <= 6) return Number(digits.padEnd(6, "0"));
  const exact = Number(`0.${digits}`) * 1e6;
  const rounded = Math.round(exact);
  return rounded - exact === 0.5 && rounded % 2 === 1 ? rounded - 1 : rounded;
}

/**
 * µs since 2000-01-01T00:00:00Z of an ISO 8601 timestamp, `infinity`, `-infinity`; UTC where it names no zone.
 * @throws VALUE_UNREPRESENTABLE
 */
export function parseTimestamp(text: string): bigint {
  if (text === "infinity") return INT64_MAX;
  if (text === "-infinity") return INT64_MIN;
  const match = TIMESTAMP.exec(text);
  if (match === null) throw unrepresentable("timestamp (ISO 8601)", text);
  const [, date = "", hour, minute, second = "0", fraction = "", , sign, zoneHour = "0", zoneMinute = "0"] =
    match;
  const days = parseDay(date, "timestamp (ISO 8601)");
  const late = Number(hour) === 24 && Number(minute) + Number(second) + Number(fraction) > 0;
  if (
    Number(hour) > 24 ||
    late ||
    (second === "60" && fraction !== "") ||
    Number(minute) > 59 ||
    Number(second) > 60 ||
    Number(zoneHour) > 15 ||
    Number(zoneMinute) > 59
  )
    throw unrepresentable("timestamp (ISO 8601)", text);
  const offset = (sign === "-" ? -60 : 60) * (Number(zoneHour) * 60 + Number(zoneMinute));
  const seconds = Number(hour) * 3600 + Number(minute) * 60 + Number(second) - offset;
  const us = BigInt(days) * DAY_US + BigInt(seconds) * 1_000_000n + BigInt(fractionUs(fraction));
  if (us < TIMESTAMP_MIN_US || us > TIMESTAMP_MAX_US)
    throw unrepresentable("timestamp that PostgreSQL holds", text);
  return us;
}
