import type { Config } from "../config/config.ts";
import { ERRORS, type ErrorCode } from "../errors.ts";
import type { Plan } from "../migrate/plan.ts";
import type { Problem } from "../migrate/problem.ts";
import { unfinished } from "../migrate/unfinished.ts";
import type { StoreName } from "../stores/store.ts";
import type { StoreProbe } from "./probe.ts";

export interface Finding {
  /** Stable: a code of src/errors.ts. */
  readonly id: string;
  readonly severity: "critical" | "warning";
  readonly store: StoreName | null;
  readonly message: string;
  /** The command or action. */
  readonly hint: string;
}

/** What a store says of itself, or that it says nothing. An optional store's troubles are warnings. */
export function storeFindings(probe: StoreProbe): Finding[] {
  const { store, optional, health, error } = probe;
  const severity = (own: Finding["severity"]) => (optional ? "warning" : own);
  if (error !== null) {
    const { code, message, hint } = error;
    return [{ id: code, severity: severity("critical"), store, message, hint }];
  }
  return (health?.findings ?? []).map((finding) => ({
    id: finding.code,
    severity: severity(finding.severity),
    store,
    message: finding.message.includes(store) ? finding.message : `${store}: ${finding.message}`,
    hint: finding.hint,
  }));
}

/** What could not be seen of a store that is up. */
export function unseenFindings(probe: StoreProbe): Finding[] {
  if (!isUp(probe)) return [];
  const unseen = [
    ...(probe.history === undefined ? ["its migration history"] : []),
    ...(probe.catalog === undefined ? ["what it holds"] : []),
  ];
  if (unseen.length === 0) return [];
  const message = `${probe.store} is up, but ${unseen.join(" and ")} could not be seen`;
  return [{ id: "INCONCLUSIVE", severity: "warning", store: probe.store, message, hint: "see dbctl test" }];
}

export function isUp({ health }: StoreProbe): boolean {
  return health?.state === "up";
}

/** Where files, histories and heads disagree; steps that stopped half-way; stores without a history. */
export function migrationFindings(plan: Plan): Finding[] {
  const asFinding = ({ code, store, message, hint }: Problem): Finding => ({
    id: code,
    severity: "critical",
    store,
    message,
    hint,
  });
  return [
    ...[...plan.problems, ...unfinished(plan)].map(asFinding),
    ...plan.remarks.map((remark): Finding => ({ ...asFinding(remark), severity: "warning" })),
    ...plan.uninitialised.map((store) =>
      warning("NOT_INITIALISED", store, `${store} has no migration history yet`, ERRORS.NOT_INITIALISED.hint),
    ),
  ];
}

/** Declared entities that a store has no collection for. Expected as long as migrations are pending. */
export function collectionFindings({ entities }: Config, probe: StoreProbe, hasPending: boolean): Finding[] {
  if (probe.catalog === undefined) return [];
  const found = new Set(probe.catalog.map(({ name }) => name));
  const wanted = entities.flatMap(({ source, copies }) => [source, ...copies]).map(({ ref }) => ref);
  const missing = wanted.filter(({ store, name }) => store === probe.store && !found.has(name));
  if (missing.length === 0) return [];
  const names = [...new Set(missing.map(({ name }) => name))].join(", ");
  const message = `${probe.store} has no ${names}, which entities declare`;
  const hint = hasPending
    ? "run dbctl migrate up"
    : "write a migration that creates it, or correct the entity's declaration";
  return [
    {
      id: "COLLECTION_MISSING",
      severity: hasPending ? "warning" : "critical",
      store: probe.store,
      message,
      hint,
    },
  ];
}

function warning(id: ErrorCode, store: StoreName | null, message: string, hint: string): Finding {
  return { id, severity: "warning", store, message, hint };
}

/** Worst first; otherwise in the order they were found. */
export function worstFirst(findings: readonly Finding[]): readonly Finding[] {
  const rank = ({ severity }: Finding) => (severity === "critical" ? 0 : 1);
  return findings.toSorted((a, b) => rank(a) - rank(b));
}
