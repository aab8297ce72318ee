import { createHash } from "node:crypto";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";

/** A deterministic source of values: the same names give the same sequence on every machine. */
export interface Random {
  /** A whole number, both bounds included; they and their distance must be safe integers. */
  int(from: number, to: number): number;
  /** At least 0, below 1. */
  float(): number;
  /** True with this probability; 0.5 when left out. */
  bool(probability?: number): boolean;
  /** One of the items; there must be at least one. */
  pick<T>(items: readonly T[]): T;
  /** One of the values, as often as its weight says. */
  weighted<T>(choices: readonly (readonly [value: T, weight: number])[]): T;
  /** Between both bounds, included, with `scale` digits after the point, as exact text. */
  decimal(from: number, to: number, scale: number): string;
  /** An instant, both bounds included, in whole milliseconds. */
  date(from: Date, to: Date): Date;
  /** A random UUID (version 4). */
  uuid(): string;
  bytes(size: number): Uint8Array;
}

const UINT32 = 2 ** 32;

/** A generator of its own for these names: independent of all others, whatever they are asked for. */
export function randomFor(...names: readonly (string | number)[]): Random {
  const digest = createHash("sha256").update(JSON.stringify(names)).digest();
  // Not all bits of the state may be zero.
  const rng = xoroshiro128plusFromState([0, 4, 8, 12].map((offset) => digest.readInt32BE(offset) | 1));
  const uint32 = () => rng.next() >>> 0;
  const float = () => ((uint32() >>> 5) * 2 ** 26 + (uint32() >>> 6)) / 2 ** 53;
  const int = (from: number, to: number) => uniformInt(rng, from, to);
  const pick = <T>(items: readonly T[]): T => {
    if (items.length === 0) throw new RangeError("there is nothing to pick from");
    return items[int(0, items.length - 1)] as T;
  };
  return {
    int,
    float,
    pick,
    bool: (probability = 0.5) => uint32() < probability * UINT32,
    weighted: (choices) => pickWeighted(choices, float()),
    decimal: (from, to, scale) =>
      fixed(int(Math.round(from * 10 ** scale), Math.round(to * 10 ** scale)), scale),
    date: (from, to) => new Date(int(from.getTime(), to.getTime())),
    uuid: () => uuidOf(uint32(), uint32(), uint32(), uint32()),
    bytes: (size) => {
      const bytes = new Uint8Array(size);
      for (let index = 0; index < size; index++) bytes[index] = uint32() >>> 24;
      return bytes;
    },
  };
}

function pickWeighted<T>(choices: readonly (readonly [value: T, weight: number])[], at: number): T {
  let total = 0;
  for (const [, weight] of choices) total += weight;
  let left = at * total;
  for (const [value, weight] of choices) {
    if (left < weight) return value;
    left -= weight;
  }
  const last = choices.at(-1);
  if (last === undefined) throw new RangeError("there is nothing to choose from");
  return last[0];
}

function fixed(unscaled: number, scale: number): string {
  if (scale === 0) return String(unscaled);
  const digits = String(Math.abs(unscaled)).padStart(scale + 1, "0");
  return `${unscaled < 0 ? "-" : ""}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

const UUID_LENGTH = 36;
const DASH = 0x2d;
const DIGITS = Buffer.from("0123456789abcdef");
const uuid = Buffer.alloc(UUID_LENGTH, DASH);

function uuidOf(a: number, b: number, c: number, d: number): string {
  const variant = (c & 0x3fffffff) | 0x80000000;
  writeHex(0, a, 8);
  writeHex(9, b >>> 16, 4);
  writeHex(14, (b & 0x0fff) | 0x4000, 4);
  writeHex(19, variant >>> 16, 4);
  writeHex(24, variant, 4);
  writeHex(28, d, 8);
  // Pieces put together as strings would be copied once more when the UUID is read.
  return uuid.toString("latin1", 0, UUID_LENGTH);
}

/** The last `digits` digits of `value`. */
function writeHex(start: number, value: number, digits: number): void {
  for (let at = start + digits - 1, rest = value; at >= start; at--) {
    uuid[at] = DIGITS[rest & 15] as number;
    rest >>>= 4;
  }
}
