/**
 * `line` in lines of at most `width` characters, broken at blanks, the further ones indented two deeper than the
 * first. A word that is longer stays whole.
 */
export function wrapLine(line: string, width: number): string {
  if (line.length <= width) return line;
  const indent = " ".repeat(line.length - line.trimStart().length);
  const lines: string[] = [];
  let current = indent;
  for (const word of line.trim().split(/\s+/)) {
    const start = lines.length === 0 ? indent : `${indent}  `;
    const isEmpty = current.trim() === "";
    if (!isEmpty && current.length + 1 + word.length > width) {
      lines.push(current);
      current = `${indent}  ${word}`;
    } else current = isEmpty ? `${start}${word}` : `${current} ${word}`;
  }
  return [...lines, current].join("\n");
}
