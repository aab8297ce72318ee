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
const NO_BORDERS = Object.fromEntries(
  [
    ...["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"],
    ...["left", "left-mid", "mid", "mid-mid", "right", "right-mid", "middle"],
  ].map((name) => [name, ""]),
);

/** Tables without borders, columns two spaces apart, no trailing blanks, never wider than `width`. */
export async function tableFormatter(width: number): Promise<FormatTable> {
  const [{ default: Table }, { default: stringWidth }] = await Promise.all([
    import("cli-table3"),
    import("string-width"),
  ]);
  return (head, rows, options = {}) => {
    const natural = head.map((_, column) =>
      Math.max(
        ...[head, ...rows].flatMap((row) => (row[column] ?? "").split("\n").map((line) => stringWidth(line))),
      ),
    );
    const widths = shrink(natural, width);
    const table = new Table({
      head: [...head],
      chars: NO_BORDERS,
      style: { head: [], border: [], compact: true, "padding-left": 0, "padding-right": GAP },
      colWidths: widths.map((columns) => columns + GAP),
      colAligns: head.map((_, column) => options.align?.[column] ?? "left"),
      wordWrap: true,
    });
    for (const row of rows) {
      table.push(
        row.map((content, column) => {
          const longestWord = Math.max(...content.split(/\s/).map((word) => stringWidth(word)));
          return { content, wrapOnWordBoundary: longestWord <= (widths[column] ?? 0) };
        }),
      );
    }
    return table
      .toString()
      .split("\n")
      .map((line) => line.trimEnd())
      .join("\n");
  };
}

/** Takes columns from the widest until the line fits, none below `NARROWEST` or its own need. */
export function shrink(natural: readonly number[], width: number): number[] {
  const widths = natural.map((columns) => Math.max(columns, 1));
  let excess = widths.reduce((sum, columns) => sum + columns, 0) + GAP * (widths.length - 1) - width;
  while (excess > 0) {
    const widest = widths.indexOf(Math.max(...widths));
    if ((widths[widest] ?? 0) <= NARROWEST) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
    excess--;
  }
  return widths;
}
