import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** URLs of the engines that tests may use, by store; a store without one is skipped. */
    engineUrls: Partial<Record<"postgres" | "clickhouse", string>>;
  }
}

export default function setup(project: TestProject): void {
  const { DBCTL_TEST_POSTGRES_URL: postgres, DBCTL_TEST_CLICKHOUSE_URL: clickhouse } = process.env;
  project.provide("engineUrls", { ...(postgres && { postgres }), ...(clickhouse && { clickhouse }) });
}
