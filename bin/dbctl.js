#!/usr/bin/env node
// Plain JavaScript without newer syntax: it must be able to run where the rest cannot, and say so.
import fs from "node:fs";
import module from "node:module";

const [major, minor] = process.versions.node.split(".").map(Number);

if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `error: dbctl needs Node.js 22.18 or newer; this is ${process.version}, at ${process.execPath}`,
  );
  console.error("  fix: install a newer Node.js, or run npm install --save-dev node@24 and use npx dbctl");
  process.exitCode = 2;
} else if (process.argv.length === 3 && ["--version", "-V"].includes(process.argv[2])) {
  const manifest = fs.readFileSync(new URL("../package.json", import.meta.url), "utf8");
  console.log(JSON.parse(manifest).version);
} else {
  module.enableCompileCache();
  const { main } = await import("../dist/cli.js");
  await main(process.argv.slice(2), process);
}
