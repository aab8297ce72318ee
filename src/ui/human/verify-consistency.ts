import type { VerifyData } from "../../commands/verify-consistency.ts";
import type { Difference } from "../../verify/difference.ts";
import type { CheckState, CopyReport, EntityReport } from "../../verify/report.ts";
import { repairText } from "./repair.ts";
import type { Render, Style } from "./style.ts";
import { escaped, visiblePair } from "./value-text.ts";

/** A table by entity and copy, the first differences side by side, what a repair did, and the verdict. */
export const render: Render<VerifyData> = (data, style) => {
  const copies = data.entities.flatMap((entity) => entity.copies);
  return [
    summary(data.entities, style),
    ...notes(copies, style),
    ...data.entities.flatMap((entity) => entity.copies.map((copy) => differences(entity, copy, style))),
    ...(data.repair === null ? [] : [repairText(data.repair, style)]),
    verdict(data, copies, style),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
};

export function mark(state: CheckState, style: Style): string {
  if (state === "equal") return style.ok;
  return state === "different" ? style.bad : style.warn;
}

function summary(entities: readonly EntityReport[], style: Style): string {
  const rows = entities.flatMap((entity) =>
    entity.copies.length === 0
      ? [[mark(entity.state, style), entity.entity, "no copy", ...numbers(entity, undefined, style)]]
      : entity.copies.map((copy, index) => [
          mark(copy.state, style),
          index === 0 ? entity.entity : "",
          copyName(entity, copy),
          ...numbers(entity, copy, style),
        ]),
  );
  const head = ["", "entity", "copy", "rows", "equal", "missing", "extra", "different", "time"];
  return style.table(head, rows, {
    align: ["left", "left", "left", "right", "right", "right", "right", "right", "right"],
  });
}

/** The table's own name only where it is not the entity's. */
function copyName({ entity }: EntityReport, { copy, store }: CopyReport): string {
  return copy === `${store}:${entity}` ? store : copy;
}

function numbers(entity: EntityReport, copy: CopyReport | undefined, style: Style): string[] {
  const time = style.duration(copy?.durationMs ?? entity.durationMs);
  if (copy === undefined) return [count(entity.rows, style), "", "", "", "", time];
  const { counts } = copy;
  if (counts === null) return ["?", "?", "?", "?", "?", ""];
  const paint = (n: number) => (n === 0 ? style.count(n) : style.color.red(style.count(n)));
  const different = counts.different + counts.duplicate;
  return [
    style.count(counts.sourceRows),
    style.count(counts.equal + counts.spelling),
    paint(counts.missing),
    paint(counts.extra),
    paint(different),
    time,
  ];
}

function counted(style: Style, n: number, noun: string, plural = `${noun}s`): string {
  return `${style.count(n)} ${n === 1 ? noun : plural}`;
}

function count(n: number | null, style: Style): string {
  return n === null ? "?" : style.count(n);
}

/** What the table has no column for. */
function notes(copies: readonly CopyReport[], style: Style): string[] {
  const lines = copies.flatMap(({ copy, counts, reason }) => {
    if (counts === null) return [`${style.warn} ${copy} was not checked: ${reason}`];
    const said: [n: number, noun: string, what: string][] = [
      [counts.duplicate, "key", "held several times"],
      [counts.converging, "key", "that kept changing meanwhile"],
      [counts.spelling, "row", "equal but for the spelling of numbers within JSON"],
      [counts.absent, "row", "not cached, which is fine"],
      [counts.archived, "row", "gone from the source, which an archive may keep"],
    ];
    return said
      .filter(([n]) => n > 0)
      .map(([n, noun, what]) => `${copy}: ${counted(style, n, noun)} ${what}`);
  });
  return lines.length === 0 ? [] : [lines.join("\n")];
}

function differences(entity: EntityReport, copy: CopyReport, style: Style): string {
  if (copy.differences.length === 0) return "";
  const rows = copy.differences.flatMap((difference) => differenceRows(difference, style));
  const hidden = copy.differencesTotal - copy.differences.length;
  return [
    style.color.bold(
      `${entity.entity} in ${copy.copy}: ${counted(style, copy.differencesTotal, "difference")}`,
    ),
    style.table(["key, column", entity.source, copy.copy], rows),
    ...(hidden > 0 ? [`and ${style.count(hidden)} more: --limit ${copy.differencesTotal}`] : []),
  ].join("\n");
}

/** A line for the key, one for each column that differs. */
function differenceRows({ kind, key, columns, ...rows }: Difference, style: Style): string[][] {
  const { red } = style.color;
  const name = keyText(key);
  const said: Record<typeof kind, [source: string, copy: string]> = {
    missing: ["present", red("missing")],
    extra: ["absent", red("extra")],
    different: ["", ""],
    duplicate: [counted(style, rows.sourceRows, "row"), red(counted(style, rows.copyRows, "row"))],
  };
  const lines = columns.map(({ field, type, source, copy }) => [
    `  ${field}`,
    ...visiblePair(type, source, copy),
  ]);
  return [[name, ...said[kind]], ...lines];
}

/** A key's values; with their names where there are several. */
export function keyText(key: Difference["key"]): string {
  const entries = Object.entries(key).map(([name, value]) => [name, escaped(value ?? "NULL")] as const);
  if (entries.length === 1) return entries[0]?.[1] ?? "";
  return entries.map(([name, value]) => `${name}=${value}`).join(" ");
}

function verdict(data: VerifyData, copies: readonly CopyReport[], style: Style): string {
  const { state, root, entities, durationMs, rowsPerSecond } = data;
  const rows = entities.reduce((sum, entity) => sum + (entity.rows ?? 0), 0);
  const compared = copies.filter((copy) => copy.counts !== null).length;
  const all = compared === copies.length ? "" : `${compared} of `;
  const speed = `${style.rows(rows)} in ${style.duration(durationMs)}, ${style.rate(rowsPerSecond)}`;
  const headline = `${mark(state, style)} ${style.color.bold(state)}: ${all}${counted(style, copies.length, "copy", "copies")}, ${speed}`;
  return root === null ? headline : `${headline}\n  root ${root}`;
}
