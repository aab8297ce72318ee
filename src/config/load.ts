import { basename, dirname, resolve } from "node:path";
import type { Warning } from "../context.ts";
import { SUPPORTED_STORES } from "../stores/index.ts";
import type { StoreName } from "../stores/store.ts";
import type { Config, MissingStore, Origin, StoreConfig } from "./config.ts";
import { type ConfiguredStore, STORE_KINDS } from "./connection/kinds.ts";
import { checkEntities } from "./entities.ts";
import type { Entity } from "./entity.ts";
import { type ChosenEnvironment, chooseEnvironment } from "./environment.ts";
import { Faults } from "./faults.ts";
import { findConfigFile } from "./find.ts";
import { helpersFor } from "./helpers.ts";
import { type Loading, type Origins, recorderOf } from "./loading.ts";
import { importConfig } from "./module.ts";
import type { Sourced } from "./origin.ts";
import { parseShape, type RawConfig } from "./schema.ts";
import { Secrets } from "./secrets.ts";
import { declaredStores, projectSetting } from "./settings.ts";
import type { Report } from "./shape.ts";
import { stackUrls } from "./stack-urls.ts";
import { missingStore, resolveStore } from "./stores.ts";
import { loadVariables, type ProcessEnv, registerSecrets, type Variables } from "./variables.ts";

/** Flags that are part of the configuration. */
export interface ConfigFlags {
  readonly env?: string | undefined;
  readonly namespace?: string | undefined;
  /** Of `--confirm`: handed through. */
  readonly confirm?: string | undefined;
}

export interface LoadOptions {
  readonly cwd: string;
  /** `--config`; otherwise DBCTL_CONFIG, otherwise the nearest file at or above `cwd`. */
  readonly configFile?: string | undefined;
  readonly flags: ConfigFlags;
  readonly env: ProcessEnv;
  /** Learns every password on the way, also when loading fails; a new one when left out. */
  readonly secrets?: Secrets | undefined;
}

/**
 * Loads the configuration once, from everywhere it may come from. Connects to nothing.
 * @throws CONFIG_NOT_FOUND
 * @throws CONFIG_INVALID with every fault in `data.faults`: { path, message, origin, suggestion }
 */
export async function loadConfig(options: LoadOptions): Promise<Config> {
  const { flags, env, secrets = new Secrets() } = options;
  const file = await findConfigFile(options.cwd, options.configFile ?? (env.DBCTL_CONFIG || undefined));
  const root = dirname(file);
  const faults = new Faults();
  const general = await loadVariables(root, null, env);
  registerSecrets(general, secrets);
  const environment = chooseEnvironment(flags.env, general, root, faults);
  const variables = await loadVariables(root, environment.value, env);
  registerSecrets(variables, secrets);

  const exported = await importConfig(file, helpersFor(variables), secrets);
  const origin = basename(file);
  const report: Report = (fault) => faults.add({ ...fault, origin });
  const raw = parseShape(exported, report);
  const entities = await checkEntities(entitiesOf(exported), report);
  if (raw === null) {
    faults.throwIfAny();
    throw new Error("a configuration that is refused has a fault");
  }
  return complete({ flags, file, root, environment, variables, raw, entities, faults, secrets });
}

interface Parts {
  readonly flags: ConfigFlags;
  readonly file: string;
  readonly root: string;
  readonly environment: ChosenEnvironment;
  readonly variables: Variables;
  readonly raw: RawConfig;
  readonly entities: readonly Entity[];
  readonly faults: Faults;
  readonly secrets: Secrets;
}

async function complete(parts: Parts): Promise<Config> {
  const { flags, file, root, environment, variables, raw, entities, faults, secrets } = parts;
  const origins: Origins = new Map();
  const warnings: Warning[] = [];
  const settings = { raw, file, environment: environment.value };
  const loading: Loading = {
    name: raw.name,
    root,
    environment,
    settings,
    variables,
    namespace: namedNamespace(flags, variables),
    faults,
    secrets,
    warn: (message) => warnings.push({ code: "CONFIG_SUSPECT", message }),
    stackUrl: stackUrls(root, environment.value),
    ...recorderOf(origins),
  };
  loading.recordSourced("name", { value: raw.name, origin: { from: "file", file, name: "name" } });
  loading.recordSourced("environment", environment);
  for (const entity of entities) {
    const origin: Origin = { from: "file", file, name: "entities" };
    loading.record(`entities.${entity.name}`, describeEntity(entity), origin);
  }
  const migrationsDir = folder(loading, "migrations");
  const seedsDir = folder(loading, "seeds");
  const stores = new Map<StoreName, StoreConfig>();
  const missing = new Map<StoreName, MissingStore>();
  for (const name of await wantedStores(loading, entities)) {
    const store = await resolveStore(loading, name);
    if (store !== null) stores.set(name, store);
    else missing.set(name, missingStore(loading, name));
  }
  faults.throwIfAny();
  return {
    name: raw.name,
    environment: environment.value,
    environmentNamed: environment.named,
    root,
    file,
    envFiles: variables.files,
    stores,
    missing,
    entities,
    migrationsDir,
    seedsDir,
    confirm: flags.confirm ?? null,
    warnings,
    secrets,
    origins,
  };
}

/**
 * What the file declares, and what the entities name; where it has no `stores` at all, also what can be reached. System
 * of record first.
 */
async function wantedStores(
  loading: Loading,
  entities: readonly Entity[],
): Promise<readonly ConfiguredStore[]> {
  const declared = declaredStores(loading.settings);
  const named = new Set<string>([
    ...(declared ?? []),
    ...entities.flatMap(({ source, copies }) => [source, ...copies].map(({ ref }) => ref.store)),
  ]);
  const wanted: ConfiguredStore[] = [];
  for (const store of SUPPORTED_STORES) {
    if (!isConfigurable(store)) continue;
    if (named.has(store) || (declared === null && (await isWithinReach(loading, store)))) wanted.push(store);
  }
  return wanted;
}

function isConfigurable(store: StoreName): store is ConfiguredStore {
  return Object.hasOwn(STORE_KINDS, store);
}

async function isWithinReach(loading: Loading, store: ConfiguredStore): Promise<boolean> {
  const { urlVariables } = STORE_KINDS[store];
  return (
    urlVariables.some((name) => loading.variables.get(name) !== undefined) ||
    (await loading.stackUrl(store)) !== undefined
  );
}

function namedNamespace(flags: ConfigFlags, variables: Variables): Sourced<string> | undefined {
  return flags.namespace === undefined
    ? variables.get("DBCTL_NAMESPACE")
    : { value: flags.namespace, origin: { from: "flag", name: "namespace" } };
}

function folder(loading: Loading, section: "migrations" | "seeds"): string {
  const setting = projectSetting(loading.settings, `${section}.dir`, (raw) => raw[section]?.dir) ?? {
    value: section,
    origin: { from: "default" as const },
  };
  loading.recordSourced(`${section}.dir`, setting);
  return resolve(loading.root, setting.value);
}

/** `postgres executions → clickhouse executions_archive (archive)` */
function describeEntity({ source, copies }: Entity): string {
  const places = copies.map(({ ref, options }) => {
    const role = options.role ?? "projection";
    return `${ref.store} ${ref.name}${role === "projection" ? "" : ` (${role})`}`;
  });
  return [`${source.ref.store} ${source.ref.name}`, places.join(", ")]
    .filter((text) => text !== "")
    .join(" → ");
}

function entitiesOf(exported: unknown): unknown {
  return typeof exported === "object" && exported !== null && "entities" in exported ? exported.entities : [];
}
