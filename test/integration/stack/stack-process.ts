/**
 * A stack command in a process of its own, so that it can be killed or be another user's.
 *
 *     node stack-process.ts <up|down|purge> <project folder> <stores, with commas>
 */
import { stackDown, stackUp } from "../../../src/stack/index.ts";
import type { StoreName } from "../../../src/stores/store.ts";
import { silentReporter } from "../../../src/ui/reporter.ts";

const [action = "", root = "", stores = ""] = process.argv.slice(2);
const controller = new AbortController();
process.once("SIGTERM", () => controller.abort());
const options = { root, reporter: silentReporter, signal: controller.signal, env: process.env };
const result =
  action === "up"
    ? await stackUp({ ...options, stores: stores.split(",") as StoreName[] })
    : await stackDown({ ...options, purge: action === "purge" });
process.stdout.write(JSON.stringify(result));
