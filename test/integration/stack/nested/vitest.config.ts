import { defineConfig } from "vitest/config";

/** A run of its own for global-setup.test.ts, which looks at how the run begins and ends. */
export default defineConfig({
  test: {
    include: ["test/integration/stack/nested/engines.nested.ts"],
    globalSetup: ["test/support/global-setup.ts"],
    testTimeout: 120_000,
  },
});
