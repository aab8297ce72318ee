/**
 * The process that owns ClickHouse's standard input: closing it is the engine's clean shutdown. A signal to the keeper
 * closes it, and so does the keeper's own death.
 *
 *     node keeper.ts <package folder> <uid:gid or empty> <ClickHouse's arguments…>
 */
import { spawn } from "node:child_process";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { dropRights } from "./rights.ts";

const [user = ""] = process.argv.slice(3);
const engineFile = fileURLToPath(new URL(`./engine${extname(import.meta.url)}`, import.meta.url));
const engine = spawn(process.execPath, [engineFile, ...process.argv.slice(2)], {
  stdio: ["pipe", "inherit", "inherit"],
});
dropRights(user);

for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => engine.stdin.end());
engine.stdin.on("error", () => {});
engine.on("error", () => process.exit(1));
engine.on("exit", (code) => process.exit(code ?? 1));
