import type { ColorSupportLevel } from "chalk";
import type { Env } from "./io.ts";

/** The part of a stream that says whether a terminal is behind it. */
interface MaybeTerminal {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

const DEFAULT_WIDTH = 80;
const NARROWEST = 40;

/** `--no-color` before FORCE_COLOR before NO_COLOR and TERM=dumb before what the stream is. */
export function colorLevelOf(stream: MaybeTerminal, env: Env, colorFlag: boolean): ColorSupportLevel {
  if (!colorFlag) return 0;
  const forced = env.FORCE_COLOR;
  if (forced !== undefined) {
    if (forced === "0" || forced === "false") return 0;
    return forced === "2" || forced === "3" ? (Number(forced) as ColorSupportLevel) : 1;
  }
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== "") return 0;
  return stream.isTTY === true && env.TERM !== "dumb" ? 1 : 0;
}

/** Columns of the terminal; 80 where there is none. */
export function widthOf(stream: MaybeTerminal): number {
  return stream.isTTY === true && stream.columns ? Math.max(stream.columns, NARROWEST) : DEFAULT_WIDTH;
}

/** Whether lines may be redrawn: a terminal that can, and no CI log behind it. */
export function canRedraw(stream: MaybeTerminal, env: Env): boolean {
  return stream.isTTY === true && env.TERM !== "dumb" && (env.CI ?? "") === "";
}

/** The Linux console and dumb terminals lack the marks. */
export function hasUnicode(env: Env): boolean {
  return env.TERM !== "linux" && env.TERM !== "dumb";
}
