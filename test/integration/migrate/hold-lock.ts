/** Takes the migration lock of the project in the folder named, says so, and holds it until it is killed. */
import { setTimeout as delay } from "node:timers/promises";
import { loadConfig } from "../../../src/config/load.ts";
import { openStores } from "../../../src/stores/open.ts";

const config = await loadConfig({ cwd: process.argv[2] ?? ".", flags: {}, env: {} });
const store = await openStores(config).get("postgres");
const { signal } = new AbortController();
await store.connect(signal);
await store.withLock?.("migrate", { waitMs: 0, signal }, async () => {
  process.stdout.write("held\n");
  await delay(600_000);
});
