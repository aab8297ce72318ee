import { asDbctlError } from "../../errors.ts";
import type { Origin } from "../config.ts";
import type { Faults } from "../faults.ts";
import { faultOrigin, formatOrigin, type Sourced } from "../origin.ts";
import type { Variable, Variables } from "../variables.ts";
import { type GroupDraft, type Part, readGroup, VARIABLE_GROUPS } from "./discrete.ts";
import type { ConnectionDraft } from "./draft.ts";
import { type ConfiguredStore, STORE_KINDS } from "./kinds.ts";
import { fillGaps, partsInConflict } from "./merge.ts";

/** Where a store's address may come from, and where to say what is odd. */
export interface ConnectionSources {
  readonly store: ConfiguredStore;
  readonly variables: Variables;
  /** From the configuration file. */
  readonly fileUrl: Sourced<string> | undefined;
  /** Called only when nothing else names the store. */
  readonly stackUrl: () => Promise<Sourced<string> | undefined>;
  readonly faults: Faults;
  readonly warn: (message: string) => void;
  readonly root: string;
}

export interface ResolvedConnection {
  readonly draft: ConnectionDraft;
  /** Of the URL, or of the host. */
  readonly origin: Origin;
  /** What did not come from there. */
  readonly parts: ReadonlyMap<Part, Variable>;
  readonly isStack: boolean;
}

/**
 * A URL in a variable; else variables with a host; else the file's URL; else libpq's variables; else the local stack.
 * Variables then fill in what the URL leaves open, if they are about the same server. Null when nothing names a server;
 * also when what names it is faulty, which is reported.
 */
export async function resolveConnection(sources: ConnectionSources): Promise<ResolvedConnection | null> {
  reportCutValues(sources);
  const groups = readGroups(sources);
  const base = await findBase(sources, groups);
  if (base === null) return null;
  let { draft } = base;
  const parts = new Map(base.parts);
  if (!base.isStack) {
    for (const group of groups) {
      if (group === base.group) continue;
      const conflicts = partsInConflict(draft, group, STORE_KINDS[sources.store]);
      if (conflicts.length > 0) warnIgnored(sources, base.origin, conflicts);
      if (conflicts.some(({ name }) => isAddress(group, name))) continue;
      const filled = fillGaps(draft, group);
      draft = filled.draft;
      for (const [part, variable] of filled.parts) parts.set(part, variable);
    }
  }
  for (const warning of draft.warnings) sources.warn(`${sources.store}: ${warning}`);
  return { draft, origin: base.origin, parts, isStack: base.isStack };
}

interface Base {
  readonly draft: ConnectionDraft;
  readonly origin: Origin;
  readonly parts: ReadonlyMap<Part, Variable>;
  readonly group: GroupDraft | null;
  readonly isStack: boolean;
}

async function findBase(sources: ConnectionSources, groups: readonly GroupDraft[]): Promise<Base | null> {
  const variable = urlVariable(sources);
  if (variable !== undefined) return fromUrl(sources, variable, variable.name);
  const own = groups.find((group) => !group.isFallback && group.draft.host !== null);
  if (own !== undefined) return fromGroup(own);
  if (sources.fileUrl !== undefined) return fromUrl(sources, sources.fileUrl, `stores.${sources.store}.url`);
  const fallback = groups.find((group) => group.draft.host !== null);
  if (fallback !== undefined) return fromGroup(fallback);
  const stack = await sources.stackUrl();
  const base = stack === undefined ? null : fromUrl(sources, stack, `engines.${sources.store}.url`);
  return base === null ? null : { ...base, isStack: true };
}

/** A `#` in a password makes the rest of the line a comment, and what is left may even be a URL. */
function reportCutValues({ store, variables, faults, root }: ConnectionSources): void {
  const groups = VARIABLE_GROUPS[store].flatMap(({ names }) => Object.values(names).flat());
  for (const name of [...STORE_KINDS[store].urlVariables, ...groups]) {
    const variable = variables.get(name);
    if (variable?.isCut !== true) continue;
    const message = 'its value ends at a "#", where a comment begins';
    const origin = faultOrigin(variable.origin, root);
    faults.add({ path: name, message, origin, suggestion: "put the value in quotes" });
  }
}

function urlVariable({ store, variables, warn, root }: ConnectionSources): Variable | undefined {
  const [strongest, ...others] = STORE_KINDS[store].urlVariables
    .flatMap((name) => variables.get(name) ?? [])
    .sort((a, b) => a.layer - b.layer);
  for (const other of others) {
    if (strongest === undefined || other.value === strongest.value) continue;
    warn(`${strongest.name} and ${other.name} differ: ${formatOrigin(strongest.origin, root)} counts`);
  }
  return strongest;
}

function fromUrl(sources: ConnectionSources, url: Sourced<string>, path: string): Base | null {
  try {
    const draft = STORE_KINDS[sources.store].parse(url.value);
    return { draft, origin: url.origin, parts: new Map(), group: null, isStack: false };
  } catch (error) {
    const { message, hint } = asDbctlError(error);
    sources.faults.add({ path, message, origin: faultOrigin(url.origin, sources.root), suggestion: hint });
    return null;
  }
}

function fromGroup(group: GroupDraft): Base {
  const origin = group.parts.get("host")?.origin ?? { from: "default" };
  return { draft: group.draft, origin, parts: group.parts, group, isStack: false };
}

function readGroups({ store, variables, faults, root }: ConnectionSources): GroupDraft[] {
  return VARIABLE_GROUPS[store].flatMap((group) => {
    try {
      return readGroup(group, { variables, faults, root }) ?? [];
    } catch (error) {
      const { message, hint } = asDbctlError(error);
      const [host = ""] = group.names.host;
      const origin = variables.get(host)?.origin ?? { from: "environment", name: host };
      faults.add({ path: host, message, origin: faultOrigin(origin, root), suggestion: hint });
      return [];
    }
  });
}

function isAddress(group: GroupDraft, name: string): boolean {
  return group.parts.get("host")?.name === name || group.parts.get("port")?.name === name;
}

function warnIgnored(sources: ConnectionSources, origin: Origin, conflicts: readonly Variable[]): void {
  const names = conflicts.map((variable) => formatOrigin(variable.origin, sources.root)).join(", ");
  const url = formatOrigin(origin, sources.root);
  sources.warn(
    `${sources.store}: ${names} ${conflicts.length === 1 ? "says" : "say"} otherwise: ${url} counts`,
  );
}
