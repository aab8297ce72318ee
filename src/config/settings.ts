import type { Environment, Origin } from "./config.ts";
import type { ConfiguredStore } from "./connection/kinds.ts";
import type { Sourced } from "./origin.ts";
import type { RawConfig, RawStore } from "./schema.ts";

/** The settings of the configuration file as they hold in one environment. */
export interface FileSettings {
  readonly raw: RawConfig;
  readonly file: string;
  readonly environment: Environment;
}

/** Whether a value of this origin stands in the configuration file itself, not in a variable. */
export function isInConfiguration({ file }: FileSettings, origin: Origin): boolean {
  return origin.from === "file" && origin.file === file;
}

/** A setting of the whole project; undefined when the file does not have it. */
export function projectSetting<T>(
  settings: FileSettings,
  path: string,
  pick: (raw: Pick<RawConfig, "namespace" | "migrations" | "seeds">) => T | undefined,
): Sourced<T> | undefined {
  return firstOf(settings, path, (raw) => pick(raw));
}

/** A setting of one store; undefined when the file does not have it. */
export function storeSetting<K extends keyof RawStore>(
  settings: FileSettings,
  store: ConfiguredStore,
  key: K,
): Sourced<NonNullable<RawStore[K]>> | undefined {
  return firstOf(settings, `stores.${store}.${key}`, (raw) => {
    const values: RawStore | undefined = raw.stores?.[store];
    return values?.[key] ?? undefined;
  });
}

/** Stores that the file has settings for; null when it leaves out `stores` altogether. */
export function declaredStores(settings: FileSettings): readonly string[] | null {
  const { raw, environment } = settings;
  const sections = [raw.stores, raw.environments?.[environment]?.stores].filter((each) => each !== undefined);
  return sections.length === 0 ? null : sections.flatMap((section) => Object.keys(section));
}

/** What the environment's section says; else what holds everywhere. */
function firstOf<T>(
  { raw, file, environment }: FileSettings,
  path: string,
  pick: (section: Omit<RawConfig, "name">) => T | undefined,
): Sourced<T> | undefined {
  const origin = (name: string): Origin => ({ from: "file", file, name });
  const section = raw.environments?.[environment];
  const special = section === undefined ? undefined : pick(section);
  if (special !== undefined) {
    return { value: special, origin: origin(`environments.${environment}.${path}`) };
  }
  const general = pick(raw);
  return general === undefined ? undefined : { value: general, origin: origin(path) };
}
