import type { Command, Context } from "../context.ts";
import { asDbctlError, DbctlError, ERRORS, EXIT, type ExitStatus, strongestStatus } from "../errors.ts";
import {
  collectionFindings,
  type Finding,
  isUp,
  migrationFindings,
  storeFindings,
  unseenFindings,
  worstFirst,
} from "../health/findings.ts";
import { probe, type StoreProbe } from "../health/probe.ts";
import { readMigrations } from "../migrate/files.ts";
import { headStoreName, mayExtendSum, migrationsFolder } from "../migrate/layer.ts";
import { type Plan, plan } from "../migrate/plan.ts";
import type { Absence } from "../migrate/steps.ts";
import { readSum } from "../migrate/sum.ts";
import type { StoreName } from "../stores/store.ts";

export interface StatusOptions {
  /** End with 9 when there is a finding of at least this severity. */
  readonly failOn?: string | undefined;
}

export interface StoreStatus {
  readonly store: StoreName;
  /** `unknown`: it could not even be opened. */
  readonly state: "up" | "unreachable" | "denied" | "unknown";
  readonly optional: boolean;
  readonly address: string | null;
  readonly namespace: string | null;
  readonly version: string | null;
  readonly latencyMs: number | null;
  /** Of the namespace; null: not there, or not seen. */
  readonly sizeBytes: number | null;
  /** Of all collections, as the engine estimates; null: not seen. */
  readonly rows: number | null;
  readonly collections: number | null;
}

export interface StatusData {
  /** `unknown`: nothing bad was seen, but not everything could be seen. */
  readonly verdict: "healthy" | "degraded" | "critical" | "unknown";
  /** Worst first. */
  readonly findings: readonly Finding[];
  readonly stores: readonly StoreStatus[];
  /** Left out by a flag. */
  readonly skipped: readonly StoreName[];
  /** Null when the files can't be read. */
  readonly migrations: {
    readonly applied: number;
    readonly pending: number;
    readonly drifted: number;
    /** Steps of stores that could not be seen. */
    readonly unknown: number;
  } | null;
}

/** For all stores together; what has not answered by then is unknown. The process has 2 s with its own start. */
const DEADLINE_MS = 1_300;

/** Looks at all stores at once and tells the worst first. Changes nothing; ends in time whatever the stores do. */
export const run: Command<StatusOptions, StatusData> = async (context, { failOn }) => {
  const { names, skipped } = context.stores;
  if (names.length === 0)
    throw new DbctlError("STORE_NOT_CONFIGURED", "this project has no store to look at");
  const headStore = headStoreName(context.config);
  const probes = await Promise.all(
    names.map((name) => probe(context, name, { deadlineMs: DEADLINE_MS, keepsHeads: name === headStore })),
  );
  const judged = judgeMigrations(context, probes);
  const steps = judged instanceof DbctlError ? [] : judged.steps;
  const hasPending = steps.some(({ state }) => state === "pending");
  const findings = worstFirst([
    ...probes.flatMap(storeFindings),
    ...(judged instanceof DbctlError ? [invalidFiles(judged)] : migrationFindings(judged)),
    ...probes.flatMap((seen) => collectionFindings(context.config, seen, hasPending)),
    ...probes.flatMap(unseenFindings),
  ]);
  const count = (...states: string[]) => steps.filter(({ state }) => states.includes(state)).length;
  return {
    exitStatus: exitStatusOf(probes, judged, findings, failOn),
    data: {
      verdict: verdictOf(probes, findings),
      findings,
      stores: probes.map(statusOf),
      skipped,
      migrations:
        judged instanceof DbctlError
          ? null
          : {
              applied: count("applied"),
              pending: count("pending"),
              drifted: count("edited", "removed", "out of order", "half applied", "half undone"),
              unknown: count("not checked"),
            },
    },
    warnings: [],
  };
};

/** The plan as far as histories could be seen; the error when the files can't be read. */
function judgeMigrations({ config, stores }: Context, probes: readonly StoreProbe[]): Plan | DbctlError {
  const seen = probes.flatMap(({ store, history }) =>
    history === undefined ? [] : [[store, history] as const],
  );
  const unseen = probes.filter(({ history }) => history === undefined);
  try {
    return plan({
      files: readMigrations(config.migrationsDir, config.root),
      histories: new Map(seen),
      absences: new Map<StoreName, Absence>([
        ...unseen.map(({ store }) => [store, "unavailable"] as const),
        ...stores.skipped.map((store) => [store, "skipped"] as const),
      ]),
      headStore: headStoreName(config) ?? "postgres",
      heads: probes.find(({ store }) => store === headStoreName(config))?.heads,
      sum: readSum(config.migrationsDir),
      mayExtendSum: mayExtendSum(config),
      folder: migrationsFolder(config),
    });
  } catch (error) {
    return asDbctlError(error);
  }
}

function invalidFiles({ code, message, hint }: DbctlError): Finding {
  return { id: code, severity: "critical", store: null, message, hint };
}

function verdictOf(probes: readonly StoreProbe[], findings: readonly Finding[]): StatusData["verdict"] {
  if (findings.some(({ severity }) => severity === "critical")) return "critical";
  if (probes.some((seen) => isUp(seen) && (seen.history === undefined || seen.catalog === undefined)))
    return "unknown";
  return findings.length > 0 ? "degraded" : "healthy";
}

function exitStatusOf(
  probes: readonly StoreProbe[],
  judged: Plan | DbctlError,
  findings: readonly Finding[],
  failOn: string | undefined,
): ExitStatus {
  const isBreached =
    failOn !== undefined && findings.some(({ severity }) => severity === "critical" || failOn === "warning");
  return strongestStatus([
    ...probes.map(reachability),
    ...(judged instanceof DbctlError
      ? [EXIT.inconclusive]
      : migrationFindings(judged)
          .filter(({ severity }) => severity === "critical")
          .map(exitOf)),
    isBreached ? EXIT.threshold : EXIT.ok,
  ]);
}

function stateOf(seen: StoreProbe): StoreStatus["state"] {
  if (isUp(seen)) return "up";
  const codes =
    seen.error === null ? (seen.health?.findings ?? []).map(({ code }) => code) : [seen.error.code];
  const exits = codes.map((id) => exitOf({ id }));
  if (exits.includes(EXIT.denied)) return "denied";
  return seen.health !== undefined || exits.includes(EXIT.unreachable) ? "unreachable" : "unknown";
}

function reachability(seen: StoreProbe): ExitStatus {
  if (seen.optional) return EXIT.ok;
  switch (stateOf(seen)) {
    case "up":
      return unseenFindings(seen).length > 0 ? EXIT.inconclusive : EXIT.ok;
    case "denied":
      return EXIT.denied;
    case "unreachable":
      return EXIT.unreachable;
    case "unknown":
      return seen.error === null ? EXIT.inconclusive : exitOf({ id: seen.error.code });
  }
}

function exitOf({ id }: Pick<Finding, "id">): ExitStatus {
  return Object.hasOwn(ERRORS, id) ? ERRORS[id as keyof typeof ERRORS].exit : EXIT.failed;
}

function statusOf(seen: StoreProbe): StoreStatus {
  const { store, optional, address, namespace, health, catalog } = seen;
  return {
    store,
    state: stateOf(seen),
    optional,
    address,
    namespace,
    version: health?.version ?? null,
    latencyMs: health?.latencyMs ?? null,
    sizeBytes: health?.sizeBytes ?? null,
    rows: catalog?.reduce((sum, { rows }) => sum + rows, 0) ?? null,
    collections: catalog?.length ?? null,
  };
}
