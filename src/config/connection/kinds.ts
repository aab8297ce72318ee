import type { Environment } from "../config.ts";
import { HTTP_PORT, HTTPS_PORT, parseClickhouseUrl } from "./clickhouse.ts";
import type { ConnectionDraft, TlsMode } from "./draft.ts";
import { parsePostgresUrl } from "./postgres.ts";

/** What the configuration knows of a store before its adapter is loaded. */
export interface StoreKind {
  readonly title: string;
  /** Strongest first where two stand in the same layer. */
  readonly urlVariables: readonly string[];
  /** @throws CONFIG_INVALID */
  readonly parse: (url: string) => ConnectionDraft;
  readonly defaultUser: string;
  /** Where nothing says whether to encrypt. */
  readonly defaultTls: (loopback: boolean) => TlsMode;
  readonly defaultPort: (isTls: boolean) => number;
  /** Scheme of the redacted URL. */
  readonly scheme: (isTls: boolean) => string;
  /** Testing uses development's. */
  readonly poolSizes: Readonly<Record<Environment, number>>;
}

export const STORE_KINDS = {
  postgres: {
    title: "PostgreSQL",
    urlVariables: ["DATABASE_URL", "POSTGRES_URL"],
    parse: parsePostgresUrl,
    defaultUser: "postgres",
    defaultTls: (loopback) => (loopback ? "disable" : "prefer"),
    defaultPort: () => 5432,
    scheme: () => "postgres",
    poolSizes: { development: 10, testing: 10, staging: 15, production: 25 },
  },
  clickhouse: {
    title: "ClickHouse",
    urlVariables: ["CLICKHOUSE_URL"],
    parse: parseClickhouseUrl,
    defaultUser: "default",
    defaultTls: () => "disable",
    defaultPort: (isTls) => (isTls ? HTTPS_PORT : HTTP_PORT),
    scheme: (isTls) => (isTls ? "https" : "http"),
    poolSizes: { development: 5, testing: 5, staging: 10, production: 15 },
  },
} as const satisfies Record<string, StoreKind>;

export type ConfiguredStore = keyof typeof STORE_KINDS;
