import { STORE_NAMES, type StoreName } from "../stores/store.ts";

/** How a store's scripts are written. */
export interface ScriptLanguage {
  readonly extension: string;
  /** What begins a comment to the end of the line. */
  readonly comment: string;
}

const LANGUAGES: Readonly<Record<StoreName, ScriptLanguage>> = {
  postgres: { extension: "sql", comment: "--" },
  redis: { extension: "redis", comment: "#" },
  elasticsearch: { extension: "http", comment: "#" },
  clickhouse: { extension: "sql", comment: "--" },
  influxdb: { extension: "influxql", comment: "--" },
};

export function scriptLanguage(store: StoreName): ScriptLanguage {
  return LANGUAGES[store];
}

/** `0003_executions/postgres.up.sql`: how a script is named in dbctl.sum and in the chain. */
export function scriptPath(folder: string, store: StoreName, direction: "up" | "down"): string {
  return `${folder}/${store}.${direction}.${LANGUAGES[store].extension}`;
}

export interface ScriptName {
  readonly store: StoreName;
  readonly direction: "up" | "down";
}

/** The inverse of `scriptPath` for a file's name; a sentence saying what is wrong with it otherwise. */
export function parseScriptName(file: string): ScriptName | string {
  const [, name = "", direction, extension] = /^([^.]+)\.(up|down)\.([^.]+)$/.exec(file) ?? [];
  if (direction !== "up" && direction !== "down") {
    return "is no migration script: those are named <store>.up.<extension> and <store>.down.<extension>";
  }
  const store = STORE_NAMES.find((candidate) => candidate === name);
  if (store === undefined) return `names no store: there are ${STORE_NAMES.join(", ")}`;
  const expected = LANGUAGES[store].extension;
  if (extension !== expected) return `should be named ${store}.${direction}.${expected}`;
  return { store, direction };
}

/** System of record first: the order of steps within a version. */
export function storeOrder(store: StoreName): number {
  return STORE_NAMES.indexOf(store);
}
