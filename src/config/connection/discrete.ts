import { didYouMean, type Faults } from "../faults.ts";
import { faultOrigin } from "../origin.ts";
import type { Variable, Variables } from "../variables.ts";
import { mapNativePort, parseClickhouseUrl } from "./clickhouse.ts";
import { type ConnectionDraft, EMPTY_DRAFT, TLS_MODES, type TlsMode } from "./draft.ts";

const PARTS = ["host", "port", "user", "password", "database"] as const;
export type Part = (typeof PARTS)[number];

/** A connection in variables of its own: DB_HOST, DB_PORT, … */
export interface VariableGroup {
  /** Strongest first. */
  readonly names: Readonly<Record<Part, readonly string[]>>;
  /** As in libpq: only for what no URL says, wherever that URL stands. */
  readonly isFallback: boolean;
  /** Adds what is special about the group. */
  readonly complete?: (draft: ConnectionDraft, context: GroupContext) => ConnectionDraft;
}

export interface GroupContext {
  readonly variables: Variables;
  readonly faults: Faults;
  readonly root: string;
}

/** What a group of variables says. */
export interface GroupDraft {
  readonly draft: ConnectionDraft;
  readonly parts: ReadonlyMap<Part, Variable>;
  readonly isFallback: boolean;
}

function prefixed(prefix: string, database: readonly string[], user = ["USER"]) {
  const name = (suffix: string) => `${prefix}${suffix}`;
  return {
    host: [name("HOST")],
    port: [name("PORT")],
    user: user.map(name),
    password: [name("PASSWORD")],
    database: database.map(name),
  };
}

/** By store, strongest first. */
export const VARIABLE_GROUPS: Readonly<Record<"postgres" | "clickhouse", readonly VariableGroup[]>> = {
  postgres: [
    { names: prefixed("DB_", ["NAME"]), isFallback: false },
    { names: prefixed("POSTGRES_", ["DB", "DATABASE"]), isFallback: false },
    { names: prefixed("PG", ["DATABASE"]), isFallback: true, complete: completeLibpq },
  ],
  clickhouse: [
    {
      names: prefixed("CLICKHOUSE_", ["DATABASE", "DB"], ["USER", "USERNAME"]),
      isFallback: false,
      complete: completeClickhouse,
    },
  ],
};

/** Null when none of the group's five variables is set. */
export function readGroup(group: VariableGroup, context: GroupContext): GroupDraft | null {
  const parts = new Map<Part, Variable>();
  for (const part of PARTS) {
    const found = group.names[part]
      .map((name) => context.variables.get(name))
      .find((each) => each !== undefined);
    if (found !== undefined) parts.set(part, found);
  }
  if (parts.size === 0) return null;
  const draft: ConnectionDraft = {
    ...EMPTY_DRAFT,
    host: parts.get("host")?.value.trim() ?? null,
    port: portOf(parts.get("port"), context),
    user: parts.get("user")?.value ?? null,
    password: parts.get("password")?.value ?? null,
    database: parts.get("database")?.value ?? null,
  };
  return { draft: group.complete?.(draft, context) ?? draft, parts, isFallback: group.isFallback };
}

/** A whole number from `min` to `max`; anything else is a fault and null. */
export function wholeNumber(
  variable: Variable | undefined,
  [min, max]: readonly [number, number],
  context: GroupContext,
): number | null {
  if (variable === undefined) return null;
  const value = Number(variable.value);
  if (/^\s*\d+\s*$/.test(variable.value) && value >= min && value <= max) return value;
  context.faults.add({
    path: variable.name,
    message: `is not a whole number from ${min} to ${max}`,
    origin: faultOrigin(variable.origin, context.root),
  });
  return null;
}

function portOf(variable: Variable | undefined, context: GroupContext): number | null {
  return wholeNumber(variable, [1, 65_535], context);
}

/** The variables of libpq: https://www.postgresql.org/docs/current/libpq-envars.html */
function completeLibpq(draft: ConnectionDraft, context: GroupContext): ConnectionDraft {
  const { variables } = context;
  const value = (name: string) => variables.get(name)?.value ?? null;
  const seconds = wholeNumber(variables.get("PGCONNECT_TIMEOUT"), [0, 86_400], context);
  const binding = value("PGCHANNELBINDING");
  const options = value("PGOPTIONS");
  return {
    ...draft,
    tls: {
      mode: tlsMode(variables.get("PGSSLMODE"), context),
      ca: value("PGSSLROOTCERT"),
      cert: value("PGSSLCERT"),
      key: value("PGSSLKEY"),
    },
    connectTimeoutMs: seconds === null || seconds === 0 ? null : seconds * 1000,
    applicationName: value("PGAPPNAME"),
    parameters: {
      ...(options === null ? {} : { options }),
      ...(binding === null ? {} : { channel_binding: binding }),
    },
  };
}

function tlsMode(variable: Variable | undefined, { faults, root }: GroupContext): TlsMode | null {
  if (variable === undefined) return null;
  const mode = TLS_MODES.find((known) => known === variable.value);
  if (mode !== undefined) return mode;
  faults.add({
    path: variable.name,
    message: `is not one of ${TLS_MODES.join(", ")}`,
    origin: faultOrigin(variable.origin, root),
    suggestion: didYouMean(variable.value, TLS_MODES),
  });
  return null;
}

/** CLICKHOUSE_HOST may be a URL, as older clients wanted it; CLICKHOUSE_PORT is often that of the native protocol. */
function completeClickhouse(draft: ConnectionDraft, { variables }: GroupContext): ConnectionDraft {
  const secure = variables.get("CLICKHOUSE_SECURE")?.value.trim().toLowerCase() ?? "";
  const isTls = ["1", "true", "yes", "on"].includes(secure);
  if (draft.host?.includes("://")) {
    const url = parseClickhouseUrl(draft.host);
    return {
      ...url,
      port: url.port ?? draft.port,
      user: url.user ?? draft.user,
      password: url.password ?? draft.password,
      database: url.database ?? draft.database,
    };
  }
  const { port, mode, warnings } = mapNativePort(draft.port, isTls);
  const isSaid = isTls || draft.port !== null;
  return {
    ...draft,
    port,
    tls: { ...draft.tls, mode: isSaid ? mode : null },
    warnings: warnings.map(
      (text) => `CLICKHOUSE_PORT: ${text}; where HTTP is on another port, set CLICKHOUSE_URL`,
    ),
  };
}
