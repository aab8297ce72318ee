/** Holds the lock until it is killed: `node hold-lock.ts <StoreOptions as JSON>`. Says so on stdout. */
import { openPostgres } from "../../../src/stores/postgres/index.ts";

const store = openPostgres(JSON.parse(process.argv[2] ?? "{}"));
await store.withLock?.("migrate", { waitMs: 5_000, signal: new AbortController().signal }, async () => {
  process.stdout.write("held\n");
  await new Promise((resolve) => setTimeout(resolve, 60_000));
});
