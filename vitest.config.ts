import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/global-setup.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // ClickHouse waits 5 s for connections that tests left open.
    teardownTimeout: 60_000,
    maxWorkers: 2,
  },
});
