import type { ResetData, ResetStore } from "../../commands/reset.ts";
import { countOf } from "./migrate-steps.ts";
import type { Render, Style } from "./style.ts";

/** What went, store by store, and what stays. */
export const render: Render<ResetData> = ({ dryRun, stores }, style) =>
  stores.map((store) => (dryRun ? foreseen(store, style) : done(store, style))).join("\n");

function done(
  { store, address, namespace, undone, dropped, kept, namespaceDropped }: ResetStore,
  style: Style,
) {
  const went = [
    ...(undone.length > 0 ? [`${countOf(undone.length, "step")} undone`] : []),
    ...(dropped.length > 0 ? [`dropped ${dropped.join(", ")}`] : []),
    ...(namespaceDropped ? ["namespace dropped"] : []),
  ];
  const lines = [`${style.ok} ${store} at ${address}, ${namespace}: ${went.join("; ") || "nothing to do"}`];
  if (kept.length > 0) lines.push(`${style.warn} not ours, left there: ${kept.join(", ")}`);
  return lines.join("\n");
}

function foreseen({ store, address, namespace, undone, dropped, kept }: ResetStore, style: Style) {
  const list = (names: readonly string[]) => names.join(", ") || style.color.dim("none");
  return [
    style.color.bold(`${store} at ${address}, ${namespace}`),
    `  down scripts to run:     ${list(undone)}`,
    `  declared, to be dropped: ${list(dropped)}`,
    `  stay unless a script drops them: ${list(kept)}`,
  ].join("\n");
}
