import type { VerifyData } from "../../commands/verify-consistency.ts";
import type { RepairReport } from "../../verify/report.ts";
import type { Style } from "./style.ts";
import { escaped } from "./value-text.ts";

/** What a repair did to each copy, or would do. */
export function repairText({ dryRun, copies }: NonNullable<VerifyData["repair"]>, style: Style): string {
  if (copies.length === 0) return "repair: there was nothing to do";
  const head = [
    "",
    "repair",
    dryRun ? "to write" : "written",
    dryRun ? "to delete" : "deleted",
    "left alone",
  ];
  const rows = copies.map((copy) => [
    leftAlone(copy) === "" ? style.ok : style.warn,
    copy.copy,
    style.count(copy.written),
    style.count(copy.deleted),
    leftAlone(copy),
  ]);
  const table = style.table(head, rows, { align: ["left", "left", "right", "right", "left"] });
  return dryRun ? `${table}\n\n${copies.map((copy) => actions(copy, style)).join("\n")}` : table;
}

function leftAlone(copy: RepairReport): string {
  const reasons: [n: number, why: string][] = [
    [copy.changed, "changed meanwhile"],
    [copy.extrasKept, "extra (--delete-extra)"],
    [copy.ambiguous, "twice in the source"],
    [copy.rejectedCount, "refused by the store"],
  ];
  return reasons
    .filter(([n]) => n > 0)
    .map(([n, why]) => `${n} ${why}`)
    .join(", ");
}

function actions({ copy, actions, written, deleted }: RepairReport, style: Style): string {
  const lines = actions.map(({ action, key }) => {
    const values = Object.entries(key).map(([name, value]) => `${name}=${escaped(value ?? "NULL")}`);
    return `${copy}  ${style.color.yellow(action)}  ${values.join(" ")}`;
  });
  const hidden = written + deleted - actions.length;
  return [...lines, ...(hidden > 0 ? [`${copy}  and ${style.count(hidden)} more: --limit`] : [])].join("\n");
}
