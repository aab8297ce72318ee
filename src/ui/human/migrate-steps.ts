import type { StepPreview } from "../../commands/migrate-up.ts";
import type { StepResult } from "../../migrate/runner.ts";
import type { Style } from "./style.ts";

/** A line a step that ran. */
export function resultTable(results: readonly StepResult[], style: Style): string {
  const rows = results.map(({ version, name, store, statements, resumedAt, durationMs }) => [
    style.ok,
    `${version}_${name}`,
    store,
    resumedAt === 0 ? `${statements}` : `${statements - resumedAt} of ${statements}, resumed`,
    style.duration(durationMs),
  ]);
  return style.table(["", "version", "store", "statements", "time"], rows, {
    align: ["left", "left", "left", "right", "right"],
  });
}

/** The exact statements, each step under a comment that says where it comes from. */
export function previewText(steps: readonly StepPreview[], style: Style): string {
  return steps
    .map(({ version, name, store, file, transaction, resumedAt, statements }) => {
      const notes = [
        ...(transaction ? [] : ["no transaction"]),
        ...(resumedAt > 0 ? [`from statement ${resumedAt + 1} on`] : []),
      ];
      const note = notes.length === 0 ? "" : ` (${notes.join(", ")})`;
      const head = style.color.cyan(`-- ${version}_${name}, ${store}: ${file}${note}`);
      return [head, ...statements.map(({ text }) => ended(text))].join("\n");
    })
    .join("\n\n");
}

export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function ended(text: string): string {
  const statement = text.trimEnd();
  return statement.endsWith(";") ? statement : `${statement};`;
}
