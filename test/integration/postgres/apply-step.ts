/** Applies a step until it is killed: `node apply-step.ts <options, step, resume as JSON>`. Tells of the first statement. */
import { openPostgres } from "../../../src/stores/postgres/index.ts";

const { options, step, resume } = JSON.parse(process.argv[2] ?? "{}");
const store = openPostgres({ ...options, applicationName: "dbctl-test-child" });
await store.migrations.apply(step, {
  direction: "up",
  resume,
  dbctlVersion: "1",
  signal: new AbortController().signal,
  onStatement: () => process.stdout.write("."),
});
await store.close();
