import type { StatusData, StoreStatus } from "../../commands/status.ts";
import type { Finding } from "../../health/findings.ts";
import { countOf } from "./migrate-steps.ts";
import type { Render, Style } from "./style.ts";

/** A screen of a terminal that nobody has resized. */
const SCREEN_LINES = 24;
/** Columns between two columns of a table. */
const GAP = 2;

/** Verdict, findings worst first, a line a store, migrations: never more than a screen of 24 lines. */
export const render: Render<StatusData> = (data, style) => {
  const stores = storeTable(data.stores, style).split("\n");
  const last = [migrations(data), ...skipped(data)];
  const room = SCREEN_LINES - 1 - stores.length - last.length - 3;
  const findings = findingLines(data.findings, Math.max(2, room), style);
  const lines = [
    headline(data, style),
    ...(findings.length > 0 ? ["", ...findings] : []),
    "",
    ...stores,
    "",
    ...last,
  ];
  return lines.join("\n");
};

function headline({ verdict, stores, findings }: StatusData, style: Style): string {
  const up = stores.filter(({ state }) => state === "up").length;
  const text = `${verdict}: ${up} of ${countOf(stores.length, "store")} up, ${countOf(findings.length, "finding")}`;
  const paint = { healthy: style.color.green, critical: style.color.red };
  return style.color.bold((paint[verdict as keyof typeof paint] ?? style.color.yellow)(text));
}

function findingLines(findings: readonly Finding[], room: number, style: Style): string[] {
  const fits = findings.length * 2 <= room ? findings.length : Math.floor((room - 1) / 2);
  const lines = findings.slice(0, fits).flatMap(({ id, severity, message, hint }) => {
    const mark = severity === "critical" ? style.bad : style.warn;
    return [
      `${mark} ${cut(`${id}  ${oneLine(message)}`, style.width - 2)}`,
      cut(`  fix: ${oneLine(hint)}`, style.width),
    ];
  });
  const hidden = findings.length - fits;
  return hidden === 0 ? lines : [...lines, cut(`  and ${hidden} more: dbctl status --json`, style.width)];
}

function storeTable(stores: readonly StoreStatus[], style: Style): string {
  const head = ["", "store", "state", "latency", "size", "rows", "tables", "namespace"];
  const facts = stores.map((store) => [
    store.state === "up" ? "+" : "x",
    store.store,
    cut(store.state === "up" ? `up ${store.version ?? ""}`.trimEnd() : store.state, 14),
    store.latencyMs === null ? "?" : style.duration(store.latencyMs),
    store.sizeBytes === null ? "?" : style.bytes(store.sizeBytes),
    store.rows === null ? "?" : style.count(store.rows),
    store.collections === null ? "?" : style.count(store.collections),
  ]);
  const used = head.slice(0, -1).map((title, column) => {
    return GAP + Math.max(title.length, ...facts.map((row) => row[column]?.length ?? 0));
  });
  const left = Math.max(8, style.width - used.reduce((sum, columns) => sum + columns, 0));
  const rows = stores.map((store, index) => [
    store.state === "up" ? style.ok : store.optional ? style.warn : style.bad,
    ...(facts[index] ?? []).slice(1),
    cut(store.namespace ?? "?", left),
  ]);
  return style.table(head, rows, {
    align: ["left", "left", "left", "right", "right", "right", "right", "left"],
  });
}

function migrations({ migrations: counts }: StatusData): string {
  if (counts === null) return "migrations: unknown, the files can't be read";
  const { applied, pending, drifted, unknown } = counts;
  const parts = [
    `${applied} applied`,
    `${pending} pending`,
    ...(drifted > 0 ? [`${drifted} drifted`] : []),
    ...(unknown > 0 ? [`${unknown} unknown`] : []),
  ];
  const next = drifted > 0 ? ": dbctl migrate status" : pending > 0 ? ": dbctl migrate up" : "";
  return `migrations: ${parts.join(", ")}${next}`;
}

function skipped({ skipped: stores }: StatusData): string[] {
  return stores.length === 0 ? [] : [`left out: ${stores.join(", ")}`];
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ");
}

function cut(text: string, columns: number): string {
  const letters = [...text];
  return letters.length <= columns ? text : `${letters.slice(0, Math.max(0, columns - 1)).join("")}…`;
}
