/**
 * `npm run build`: compiles src/ to dist/, with the SQL that lies beside the code and the help page that
 * `bin/dbctl.js` prints without loading anything. dist/ is replaced in one move, so that a build that fails leaves the
 * last one. Plain JavaScript, since it runs under whatever Node installs the package.
 */
import { execFileSync } from "node:child_process";
import { cpSync, renameSync, rmSync, writeFileSync } from "node:fs";

// Below node_modules, where the compiled code finds its packages.
const target = new URL("../../node_modules/.dbctl-build/", import.meta.url);
const HELP_WIDTH = 80;

process.chdir(new URL("../..", import.meta.url).pathname);
rmSync(target, { recursive: true, force: true });
try {
  execFileSync("tsc", ["-p", ".", "--outDir", target.pathname], { stdio: "inherit" });
} catch {
  process.exit(1);
}
cpSync("src", target, { recursive: true, filter: (file) => !file.endsWith(".ts") });
const { parse } = await import(new URL("cli/program.js", target).href);
writeFileSync(new URL("help.txt", target), parse(["--help"], { version: "", width: HELP_WIDTH }).text);
rmSync("dist", { recursive: true, force: true });
renameSync(target, "dist");
