/**
 * Purges the test stack when the run that started it is over, however it ended: its standard input closes then.
 *
 *     node stack-reaper.ts <project folder>
 */
import { rmSync } from "node:fs";
import { stackDown } from "../../src/stack/index.ts";
import { silentReporter } from "../../src/ui/reporter.ts";

const [root = ""] = process.argv.slice(2);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {});
process.stdin.resume();
process.stdin.once("close", async () => {
  await stackDown({
    root,
    purge: true,
    reporter: silentReporter,
    signal: new AbortController().signal,
    env: process.env,
  });
  rmSync(root, { recursive: true, force: true });
});
