import type { ColorSupportLevel } from "chalk";
import { formatBytes, formatCount, formatDuration, formatRate, formatRows } from "../../util/format.ts";
import { type TableOptions, tableFormatter } from "./table.ts";

type Paint = (text: string) => string;

/** What a renderer may use: colour carries meaning only, and every mark reads without colour. */
export interface Style {
  /** Columns that a line may fill. */
  readonly width: number;
  readonly color: {
    readonly bold: Paint;
    readonly dim: Paint;
    readonly red: Paint;
    readonly green: Paint;
    readonly yellow: Paint;
    readonly cyan: Paint;
  };
  /** Marks of one column, coloured: a check, a cross, an exclamation mark. */
  readonly ok: string;
  readonly bad: string;
  readonly warn: string;
  /** Lines without a trailing newline, at most `width` columns wide: the widest columns wrap first. */
  table(
    head: readonly string[],
    rows: readonly (readonly string[])[],
    options?: TableOptions | undefined,
  ): string;
  /** `1,234,567` */
  count(n: number | bigint): string;
  /** `1,234,567 rows` */
  rows(n: number | bigint): string;
  /** `536 MB` */
  bytes(sizeBytes: number): string;
  /** `12.3 s` */
  duration(durationMs: number): string;
  /** `123,456 rows/s` */
  rate(rowsPerSecond: number): string;
}

/** What each `src/ui/human/<command>.ts` exports as `render`: the text for stdout; a trailing newline is optional. */
export type Render<Data> = (data: Data, style: Style) => string;

export interface StyleOptions {
  /** Columns of the terminal; 80 where there is none. */
  readonly width: number;
  /** 0: not one ESC byte. */
  readonly colorLevel: ColorSupportLevel;
  /** False: marks in ASCII. */
  readonly unicode: boolean;
}

/** Loads chalk and cli-table3: called when there is something to render, not before. */
export async function createStyle(options: StyleOptions): Promise<Style> {
  const [{ Chalk }, table] = await Promise.all([import("chalk"), tableFormatter(options.width)]);
  const chalk = new Chalk({ level: options.colorLevel });
  const { bold, dim, red, green, yellow, cyan } = chalk;
  const marks = options.unicode ? { ok: "✓", bad: "✗" } : { ok: "+", bad: "x" };
  return {
    width: options.width,
    color: { bold, dim, red, green, yellow, cyan },
    ok: green(marks.ok),
    bad: red(marks.bad),
    warn: yellow("!"),
    table: (head, rows, tableOptions) =>
      table(
        head.map((title) => dim(title)),
        rows,
        tableOptions,
      ),
    count: formatCount,
    rows: formatRows,
    bytes: formatBytes,
    duration: formatDuration,
    rate: formatRate,
  };
}
