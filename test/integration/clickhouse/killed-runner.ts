/** Applies one step to its end, as a process of its own that a test may kill: `node killed-runner.ts <JSON>`. */
import { openClickhouse } from "../../../src/stores/clickhouse/index.ts";
import type { StoreOptions } from "../../../src/stores/store.ts";
import { stepOf } from "./step.ts";

const { options, up } = JSON.parse(process.argv[2] ?? "{}") as { options: StoreOptions; up: string };
const { signal } = new AbortController();
const store = openClickhouse(options);
const history = await store.migrations.history(signal);
const resume = history?.find(({ version }) => version === "0001") ?? null;
const isDone = resume !== null && resume.statementsApplied === resume.statementsTotal;
process.stdout.write("at work\n");
if (!isDone) {
  await store.migrations.apply(stepOf("0001", up), { direction: "up", resume, dbctlVersion: "1", signal });
}
await store.close();
