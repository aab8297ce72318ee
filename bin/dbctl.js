#!/usr/bin/env node
// Plain JavaScript without newer syntax: it must be able to run where the rest cannot, and say so.
import fs from "node:fs";
import module from "node:module";

const [major, minor] = process.versions.node.split(".").map(Number);
const line = process.argv.slice(2).join(" ");

/** What the build knows already is answered without loading anything: null for everything else. */
function knownAnswer() {
  if (line === "--version" || line === "-V") return `${JSON.parse(read("../package.json")).version}\n`;
  const isHelp = line === "--help" || line === "-h" || line === "help";
  return isHelp && !(process.stdout.columns < 80) ? read("../dist/help.txt") : null;
}

function read(path) {
  return fs.readFileSync(new URL(path, import.meta.url), "utf8");
}

if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `error: dbctl needs Node.js 22.18 or newer; this is ${process.version}, at ${process.execPath}`,
  );
  console.error("  fix: install a newer Node.js, or run npm install --save-dev node@24 and use npx dbctl");
  process.exitCode = 2;
} else {
  const answer = knownAnswer();
  if (answer === null) {
    module.enableCompileCache();
    const { main } = await import("../dist/cli.js");
    await main(process.argv.slice(2), process);
  } else {
    process.stdout.on("error", () => {});
    process.stdout.write(answer);
  }
}
