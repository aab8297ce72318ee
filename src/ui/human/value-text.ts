/** Types whose text needs no quotes to be told from anything else. */
const BARE = /^(int|decimal\(.*\)|float|bool|uuid|timestamp|date)$/;
/** Longest piece of a value in a table. */
const MAX_LENGTH = 60;
/** What of a long value is shown before the first character that differs. */
const LEAD = 20;

/** Two values side by side, so that any difference is seen: long ones around the place where they part. */
export function visiblePair(
  type: string,
  left: string | null,
  right: string | null,
): readonly [left: string, right: string] {
  const from = startOfExcerpt(left ?? "", right ?? "");
  return [visible(type, left, from), visible(type, right, from)];
}

/** NULL, a bare number, or a quoted text whose odd characters are escaped. */
export function visible(type: string, value: string | null, from = 0): string {
  if (value === null) return "NULL";
  const isCut = value.length - from > MAX_LENGTH;
  const piece = isCut ? value.slice(from, from + MAX_LENGTH) : value.slice(from);
  const text = `${from > 0 ? "…" : ""}${escaped(piece)}${isCut ? "…" : ""}`;
  return BARE.test(type) ? text : `'${text}'`;
}

function startOfExcerpt(left: string, right: string): number {
  if (Math.max(left.length, right.length) <= MAX_LENGTH) return 0;
  const shorter = Math.min(left.length, right.length);
  let same = 0;
  while (same < shorter && left[same] === right[same]) same++;
  return Math.max(0, same - LEAD);
}

/** Control, combining, invisible and direction-changing characters, blanks that are no space and spaces after a space, as `\u…`. */
export function escaped(text: string): string {
  return text
    .replaceAll("\\", "\\\\")
    .replaceAll("'", "\\'")
    .replaceAll("\n", "\\n")
    .replaceAll("\t", "\\t")
    .replaceAll("\r", "\\r")
    .replace(/(?<= ) /g, codePoint)
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{M}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu, codePoint);
}

function codePoint(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return code.length <= 4 ? `\\u${code.padStart(4, "0")}` : `\\u{${code}}`;
}
