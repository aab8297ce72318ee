/**
 * `npm run demo`: the main job on real engines, told as a story. Spawns the built binary in a temporary project that
 * holds a copy of the reference layer; ambient database URLs are not passed on.
 */
import { spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { withoutStoreVariables } from "../support/environment.ts";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const binary = join(repository, "bin/dbctl.js");
const color = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
const bold = (text: string) => (color ? `\u001b[1m${text}\u001b[22m` : text);
const dim = (text: string) => (color ? `\u001b[2m${text}\u001b[22m` : text);

interface Result {
  readonly status: number;
  readonly stdout: string;
}

const startedAtMs = performance.now();
const project = await mkdtemp(join(tmpdir(), "dbctl-demo-"));
const downloadMs = 0;

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function run(args: readonly string[], capture: boolean): Promise<Result> {
  const child = spawn(process.execPath, [binary, ...args], {
    cwd: project,
    env: withoutStoreVariables(process.env),
    stdio: ["ignore", capture ? "pipe" : "inherit", "inherit"],
  });
  let stdout = "";
  child.stdout?.setEncoding("utf8").on("data", (text) => {
    stdout += text;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => resolve({ status: status ?? 1, stdout }));
  });
}

/** Runs a command before the reader's eyes and checks its status. */
async function step(comment: string, args: readonly string[], expected = 0): Promise<void> {
  say(`\n${bold(`# ${comment}`)}\n${dim("$")} dbctl ${args.join(" ")}`);
  const { status } = await run(args, false);
  if (status !== expected)
    throw new Error(`dbctl ${args.join(" ")} ended with ${status}, expected ${expected}`);
  if (expected !== 0) say(dim(`(status ${status}, as it should be)`));
}

async function json(args: readonly string[]): Promise<Record<string, unknown>> {
  const { stdout } = await run([...args, "--json"], true);
  return JSON.parse(stdout);
}

async function clickhouse(sql: string): Promise<string> {
  const stack = JSON.parse(await readFile(join(project, ".dbctl/stack.json"), "utf8"));
  const url = new URL(stack.engines.clickhouse.url);
  const response = await fetch(`${url.origin}/?database=orchestrator&mutations_sync=2`, {
    method: "POST",
    headers: {
      authorization: `Basic ${btoa(`${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`)}`,
    },
    body: sql,
  });
  if (!response.ok) throw new Error(await response.text());
  return (await response.text()).trim();
}

async function plantDifferences(): Promise<void> {
  say(`\n${bold("# Somebody meddles with ClickHouse behind our back")}`);
  const changed = await clickhouse("SELECT id FROM executions_archive FINAL ORDER BY id LIMIT 1");
  const missing = await clickhouse("SELECT id FROM executions_archive FINAL ORDER BY id DESC LIMIT 1");
  const statements = [
    `ALTER TABLE executions_archive UPDATE cost = cost + 0.0001 WHERE id = '${changed}'`,
    `DELETE FROM executions_archive WHERE id = '${missing}'`,
    "INSERT INTO agents SELECT '00000000-0000-4000-8000-000000000000', * EXCEPT id FROM agents LIMIT 1",
  ];
  for (const statement of statements) {
    say(`${dim("clickhouse>")} ${statement}`);
    await clickhouse(statement);
  }
}

async function story(): Promise<void> {
  await mkdir(join(project, "node_modules"));
  await symlink(repository, join(project, "node_modules/dbctl"), "dir");
  for (const part of ["dbctl.config.ts", "migrations", "seeds", "package.json"]) {
    await cp(join(repository, part), join(project, part), { recursive: true });
  }
  await step("Real engines on loopback, no Docker", ["stack", "up"]);
  await step("A namespace and a history in every store", ["init"]);
  await step("One migration history over both", ["migrate", "up"]);
  await step("One generated stream of rows, teed to the source and its copies", ["seed", "--scale", "4"]);
  await step("One screen for the whole layer", ["status"]);
  await step("Proof by hashes that the stores agree", ["verify-consistency"]);
  const before = rootOf(await json(["verify-consistency"]));
  await plantDifferences();
  await step("The same proof names the keys and the columns", ["verify-consistency"], 6);
  await step("Repair from the source", ["verify-consistency", "--repair", "--delete-extra"]);
  await step("And the layer is what it was", ["verify-consistency"]);
  const after = rootOf(await json(["verify-consistency"]));
  if (before !== after) throw new Error(`the root hash changed: ${before} before, ${after} after`);
  say(`\nroot hash before ${before}\nroot hash after  ${after}`);
}

function rootOf(document: Record<string, unknown>): string {
  const { root } = document.data as { root: string };
  return root;
}

let failure: unknown;
try {
  await story();
} catch (error) {
  failure = error;
}
try {
  await step("Nothing stays behind", ["stack", "down", "--purge"]);
} catch (error) {
  failure ??= error;
}
await rm(project, { recursive: true, force: true });
if (failure !== undefined) {
  say(`\ndemo failed: ${failure instanceof Error ? failure.message : String(failure)}`);
  process.exitCode = 1;
} else {
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  const totalMs = performance.now() - startedAtMs;
  say(`\n${bold("done")} in ${seconds(totalMs - downloadMs)}, and ${seconds(downloadMs)} of downloads`);
}
