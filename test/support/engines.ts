import { randomBytes } from "node:crypto";
import { inject } from "vitest";
import type { StoreName, StoreOptions } from "../../src/stores/store.ts";

/** A namespace of the test file's own; `purpose` shows up in its name. */
export function testNamespace(purpose: string): string {
  return `t_${purpose}_${randomBytes(4).toString("hex")}`;
}

/** Whether the shared test stack has this engine. Only for `describe.skipIf`: CI requires all of them. */
export function hasEngine(store: StoreName): boolean {
  return engineUrl(store) !== undefined;
}

export function engineUrl(store: StoreName): string | undefined {
  return inject("engineUrls")[store as "postgres" | "clickhouse"];
}

/** Options for an adapter on the shared test stack, in `namespace`. */
export function engineOptions(store: StoreName, namespace: string): StoreOptions {
  const url = new URL(engineUrl(store) ?? "");
  return {
    connection: {
      host: url.hostname,
      port: Number(url.port),
      user: decodeURIComponent(url.username),
      password: url.password === "" ? null : decodeURIComponent(url.password),
      database: url.pathname.slice(1) || null,
      tls: null,
      parameters: {},
    },
    namespace,
    poolSize: 5,
    connectTimeoutMs: 5_000,
    statementTimeoutMs: 30_000,
    applicationName: "dbctl-test",
  };
}
