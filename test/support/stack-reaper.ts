/**
 * Purges every stack of a test run when the run is over, however it ended: its standard input closes then.
 *
 *     node stack-reaper.ts <run folder>
 */
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { homesOf } from "../../src/stack/home.ts";
import { stackDown } from "../../src/stack/index.ts";
import { silentReporter } from "../../src/ui/reporter.ts";

const [runFolder = ""] = process.argv.slice(2);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {});
process.stdin.resume();
process.stdin.once("close", async () => {
  const signal = new AbortController().signal;
  const options = { purge: true, reporter: silentReporter, signal, env: process.env };
  await Promise.allSettled(projects().map((root) => stackDown({ ...options, root })));
  rmSync(runFolder, { recursive: true, force: true, maxRetries: 3 });
});

/** Folders in the run folder, or one level deeper, that have or had a stack. */
function projects(): string[] {
  return [runFolder, ...folders(runFolder)]
    .flatMap(folders)
    .filter((folder) => homesOf(folder).some(existsSync));
}

function folders(parent: string): string[] {
  return readdirSync(parent, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(parent, entry.name));
}
