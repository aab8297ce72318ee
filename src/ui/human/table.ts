export interface TableOptions {
  /** By column; left where left out. */
  readonly align?: readonly ("left" | "right")[] | undefined;
}

type FormatTable = (
  head: readonly string[],
  rows: readonly (readonly string[])[],
  options?: TableOptions,
) => string;

const GAP = 2;
const NARROWEST = 8;
const ROWS_AT_ONCE = 32;
const STYLE = { head: [], border: [], compact: true, "padding-left": 0, "padding-right": GAP };
const NO_BORDERS = Object.fromEntries(
  [
    ...["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"],
    ...["left", "left-mid", "mid", "mid-mid", "right", "right-mid", "middle"],
  ].map((name) => [name, ""]),
);

const PLAIN = /^[ -~]*$/;

/** Where a line may be broken: at blanks, and a word that is too long after the marks within it. */
const WORD = /\s+|\S+/g;
const TOKEN = /\s+|[^\s./:@_-]*[./:@_-]+|[^\s./:@_-]+/g;
/** A colour sequence, which has no width, or one character. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are escape sequences
const CHARACTER = /\u001b\[[\d;]*m|./gsu;

/** Tables without borders, columns two spaces apart, no trailing blanks, never wider than `width`. */
export async function tableFormatter(width: number): Promise<FormatTable> {
  // The string-width that cli-table3 measures with; its successors take 90 ms to load.
  const [{ default: Table }, { default: stringWidth }] = await Promise.all([
    import("cli-table3"),
    import("string-width"),
  ]);
  // Most cells are plain, and looking at each character of them would take a second for a thousand rows.
  const widthOf = (text: string) => (PLAIN.test(text) ? text.length : stringWidth(text));
  const widest = (texts: readonly string[]) => texts.reduce((most, text) => Math.max(most, widthOf(text)), 0);
  const wrapCells = (
    head: readonly string[],
    rows: readonly (readonly string[])[],
    natural: readonly number[],
  ) => {
    const all = [head, ...rows];
    const longest = (ofHead: RegExp, ofRows: RegExp) =>
      head.map((title, column) =>
        widest([...(title.match(ofHead) ?? []), ...rows.flatMap((row) => row[column]?.match(ofRows) ?? [])]),
      );
    // A title may break before a value does: whoever copies a key wants it in one piece.
    const leasts = [longest(WORD, WORD), longest(TOKEN, WORD), longest(TOKEN, TOKEN)];
    const widths = shrink(natural, leasts, width);
    return all.map((row) => row.map((cell, column) => wrap(cell, widths[column] ?? width, widthOf)));
  };
  return (head, rows, options = {}) => {
    const columns = head.map((title, column) => [title, ...rows.map((row) => row[column] ?? "")]);
    const natural = columns.map((cells) => widest(cells.flatMap((cell) => cell.split("\n"))));
    const isWide = natural.reduce((sum, columns) => sum + columns + GAP, -GAP) > width;
    const cells = isWide ? wrapCells(head, rows, natural) : [head, ...rows];
    const colWidths = head.map(
      (_, column) => GAP + widest(cells.flatMap((row) => row[column]?.split("\n") ?? [])),
    );
    const colAligns = head.map((_, column) => options.align?.[column] ?? "left");
    const lines: string[] = [];
    // cli-table3 takes quadratic time, so it gets a table in pieces.
    for (let from = 0; from < cells.length; from += ROWS_AT_ONCE) {
      const table = new Table({ chars: NO_BORDERS, style: STYLE, colWidths, colAligns });
      table.push(...cells.slice(from, from + ROWS_AT_ONCE).map((row) => [...row]));
      lines.push(...table.toString().split("\n"));
    }
    return lines.map((line) => line.trimEnd()).join("\n");
  };
}

/**
 * Takes columns from the widest until the line fits: none below its first `least` as long as another has room, then
 * none below the next.
 */
export function shrink(
  natural: readonly number[],
  leasts: readonly (readonly number[])[],
  width: number,
): number[] {
  const widths = natural.map((columns) => Math.max(columns, 1));
  let excess = widths.reduce((sum, columns) => sum + columns, 0) + GAP * (widths.length - 1) - width;
  for (const least of [...leasts, []]) {
    while (excess > 0) {
      const room = widths.map((columns, index) =>
        columns > Math.max(least[index] ?? 0, NARROWEST) ? columns : 0,
      );
      const widest = room.indexOf(Math.max(...room));
      if ((room[widest] ?? 0) === 0) break;
      widths[widest] = (widths[widest] ?? 0) - 1;
      excess--;
    }
  }
  return widths;
}

/** Breaks each line of `text` so that it fits: between words, else at tokens, else anywhere. */
function wrap(text: string, width: number, widthOf: (text: string) => number): string {
  const lines = text.split("\n").flatMap((line) => {
    if (widthOf(line) <= width) return [line];
    const parts = [""];
    for (const piece of (line.match(WORD) ?? []).flatMap((word) => pieces(word, width, widthOf))) {
      const last = parts.at(-1) ?? "";
      if (widthOf((last + piece).trimEnd()) <= width) parts[parts.length - 1] = last + piece;
      else if (piece.trim() !== "") parts.push(piece);
    }
    return parts;
  });
  return lines.map((line) => line.trimEnd()).join("\n");
}

function pieces(word: string, width: number, widthOf: (text: string) => number): string[] {
  if (widthOf(word) <= width) return [word];
  return (word.match(TOKEN) ?? []).flatMap((token) => chop(token, width, widthOf));
}

function chop(token: string, width: number, widthOf: (text: string) => number): string[] {
  if (widthOf(token) <= width) return [token];
  const pieces = [""];
  for (const part of token.match(CHARACTER) ?? []) {
    const last = pieces.at(-1) ?? "";
    if (widthOf(last + part) <= width) pieces[pieces.length - 1] = last + part;
    else pieces.push(part);
  }
  return pieces;
}
