import type { Encryption, TestData, TestedStore } from "../../commands/test.ts";
import type { Render, Style } from "./style.ts";

export const render: Render<TestData> = ({ stores, skipped }, style) => {
  const head = ["", "store", "address", "namespace", "version", "latency", "encrypted"];
  const rows = stores.map((store) => [
    mark(store, style),
    store.store,
    store.address ?? "",
    store.namespace ?? "",
    store.version ?? "",
    store.latencyMs === null ? "" : style.duration(store.latencyMs),
    store.state === "up" ? encryption(store.encryption) : "",
  ]);
  const table = style.table(head, rows, {
    align: ["left", "left", "left", "left", "left", "right", "left"],
  });
  const notes = [
    ...stores.flatMap((store) => failure(store, style)),
    ...stores.flatMap(missingNamespace),
    ...stores.flatMap((store) => missingPrivileges(store, style)),
    ...skipped.map((store) => `${store} was left out: it was not tested`),
  ];
  return notes.length === 0 ? table : `${table}\n\n${notes.join("\n")}`;
};

function mark({ state, optional }: TestedStore, style: Style): string {
  if (state === "up") return style.ok;
  return optional ? style.warn : style.bad;
}

function encryption({ wanted, channelBinding, session, encrypted }: Encryption): string {
  if (encrypted === false) return "no";
  const asked = [wanted ?? "", ...(channelBinding === null ? [] : [`channel binding ${channelBinding}`])];
  const answer = encrypted === null ? "if the server can" : (session ?? "yes");
  return `${answer} (${asked.join(", ")})`;
}

function failure({ store, error }: TestedStore, style: Style): string[] {
  if (error === null) return [];
  return [`${style.color.bold(store)}: ${error.message}`, `  ${style.color.dim(error.hint)}`];
}

function missingNamespace({ store, namespace, namespaceExists }: TestedStore): string[] {
  return namespaceExists === false ? [`${store} has no ${namespace} yet: dbctl init`] : [];
}

function missingPrivileges({ store, privileges }: TestedStore, style: Style): string[] {
  const missing = privileges.filter(({ granted }) => !granted).map(({ name }) => name);
  return missing.length === 0 ? [] : [`${style.warn} ${store}: may not ${missing.join(", nor ")}`];
}
