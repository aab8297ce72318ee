import type { InitData, InitializedStore } from "../../commands/init.ts";
import type { Render, Style } from "./style.ts";

/** A line a store; with --print-sql the statements, ready to be piped. */
export const render: Render<InitData> = ({ stores, statements }, style) => {
  if (statements.length > 0) return statements.map((part) => script(part)).join("\n\n");
  const rows = stores.map((store) => [
    style.ok,
    store.store,
    store.address,
    store.namespace,
    state(store.namespaceState, style),
    state(store.history, style),
  ]);
  return style.table(["", "store", "address", "namespace", "it", "history"], rows);
};

function script({ store, statements }: InitData["statements"][number]): string {
  if (statements.length === 0) return `-- ${store}: nothing to run beforehand`;
  return [`-- ${store}`, ...statements.map((statement) => `${statement.replace(/;?\s*$/, "")};`)].join("\n");
}

function state(word: InitializedStore["history"], style: Style): string {
  return word === "exists" ? style.color.dim(word) : word;
}
