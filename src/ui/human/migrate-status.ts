import type { MigrateStatusData, StepStatus } from "../../commands/migrate-status.ts";
import type { StoreName } from "../../stores/store.ts";
import { countOf } from "./migrate-steps.ts";
import type { Render, Style } from "./style.ts";

/** Versions that are applied everywhere and need no line each, once there are many. */
const SHOWN_APPLIED = 10;

/** A line a version, a column a store; then what is wrong, worst first; the verdict last. */
export const render: Render<MigrateStatusData> = (data, style) => {
  const { steps, problems, uninitialised } = data;
  if (steps.length === 0 && problems.length === 0)
    return "there are no migrations yet: dbctl migrate create <name>";
  const stores = [...new Set(steps.map(({ store }) => store))];
  const versions = byVersion(steps);
  const hidden = Math.max(0, leadingApplied(versions) - SHOWN_APPLIED);
  const rows = versions
    .slice(hidden)
    .map((version) => [label(version), ...stores.map((store) => cell(version, store, style))]);
  return [
    ...(hidden > 0 ? [style.color.dim(`${countOf(hidden, "earlier version")} applied everywhere`)] : []),
    style.table(["version", ...stores], rows),
    "",
    ...heads(data),
    ...problems.flatMap(({ message, hint }) => [
      `${style.bad} ${message}`,
      `  ${style.color.cyan("fix:")} ${hint}`,
    ]),
    ...(problems.length > 0 ? [""] : []),
    verdict(data, uninitialised),
  ].join("\n");
};

function byVersion(steps: readonly StepStatus[]): (readonly StepStatus[])[] {
  const versions = new Map<string, StepStatus[]>();
  for (const step of steps) {
    const list = versions.get(step.version) ?? [];
    versions.set(step.version, list);
    list.push(step);
  }
  return [...versions.values()];
}

function leadingApplied(versions: readonly (readonly StepStatus[])[]): number {
  const index = versions.findIndex((steps) => steps.some(({ state }) => state !== "applied"));
  return index < 0 ? versions.length : index;
}

function label(steps: readonly StepStatus[]): string {
  return `${steps[0]?.version}_${steps[0]?.name}`;
}

function cell(steps: readonly StepStatus[], store: StoreName, style: Style): string {
  const step = steps.find((candidate) => candidate.store === store);
  if (step === undefined) return style.color.dim("-");
  const { state, absence, statementsApplied, statementsTotal, error } = step;
  switch (state) {
    case "applied":
      return `${style.ok} applied`;
    case "pending":
      return style.color.yellow(error === null ? "pending" : "pending, failed");
    case "half applied":
    case "half undone":
      return `${style.bad} ${state} ${statementsApplied}/${statementsTotal}`;
    case "not checked":
      return style.color.dim(`${absence}`);
    default:
      return `${style.bad} ${state}`;
  }
}

/** What the layer remembers of each store, outside of that store. */
function heads({ heads: all }: MigrateStatusData): string[] {
  if (all.length === 0) return [];
  const list = all.map(
    ({ store, version, revisions }) => `${store} ${version} (${countOf(revisions, "step")})`,
  );
  return [`heads: ${list.join(", ")}`];
}

function verdict(
  { applied, pending, problems }: MigrateStatusData,
  uninitialised: readonly StoreName[],
): string {
  const counts = `${countOf(applied, "step")} applied, ${pending} pending`;
  if (problems.length > 0) return `${counts}, ${countOf(problems.length, "problem")}`;
  if (uninitialised.length > 0) return `${counts}; not initialised: ${uninitialised.join(", ")}`;
  return pending > 0 ? `${counts}: dbctl migrate up` : counts;
}
