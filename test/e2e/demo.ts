/**
 * `npm run demo`: the main job on real engines, told as a story. Spawns the built binary in a temporary project that
 * holds a copy of the reference layer; ambient database URLs are not passed on.
 */
import { fileURLToPath } from "node:url";
import { createProject, type Project } from "../support/project.ts";

const color = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
const bold = (text: string) => (color ? `\u001b[1m${text}\u001b[22m` : text);
const dim = (text: string) => (color ? `\u001b[2m${text}\u001b[22m` : text);
const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Runs a command before the reader's eyes and checks its status. */
async function step(project: Project, comment: string, args: readonly string[], expected = 0): Promise<void> {
  say(`\n${bold(`# ${comment}`)}\n${dim("$")} dbctl ${args.join(" ")}`);
  const { status } = await project.dbctl(args, { show: true });
  if (status !== expected)
    throw new Error(`dbctl ${args.join(" ")} ended with ${status} instead of ${expected}`);
  if (expected !== 0) say(dim(`(status ${status}, as it should be)`));
}

async function plantDifferences(project: Project): Promise<void> {
  say(
    `\n${bold("# Somebody meddles with ClickHouse behind our back: a changed, a missing and an extra row")}`,
  );
  const changed = await project.clickhouse("SELECT id FROM executions_archive FINAL ORDER BY id LIMIT 1");
  const missing = await project.clickhouse(
    "SELECT id FROM executions_archive FINAL ORDER BY id DESC LIMIT 1",
  );
  for (const statement of [
    `ALTER TABLE executions_archive UPDATE cost = cost + 0.0001\n  WHERE id = '${changed}'`,
    `DELETE FROM executions_archive\n  WHERE id = '${missing}'`,
    "INSERT INTO agents\n  SELECT '00000000-0000-4000-8000-000000000000' AS id, * EXCEPT id FROM agents LIMIT 1",
  ]) {
    say(`${dim("clickhouse>")} ${statement}`);
    await project.clickhouse(statement);
  }
}

async function layerRoot(project: Project): Promise<string> {
  const { data } = await project.json<{ readonly root: string }>(["verify-consistency"]);
  return data.root;
}

async function tell(project: Project): Promise<void> {
  await step(project, "A namespace and a history in every store", ["init"]);
  await step(project, "One migration history over both", ["migrate", "up"]);
  await step(project, "One stream of generated rows, teed to the source and its copies", [
    "seed",
    "--scale",
    "4",
  ]);
  await step(project, "One screen for the whole layer", ["status"]);
  await step(project, "Proof by hashes that the stores agree", ["verify-consistency"]);
  const before = await layerRoot(project);
  await plantDifferences(project);
  await step(project, "The proof fails, and names the keys and the columns", ["verify-consistency"], 6);
  await step(project, "Repair the copies from their source", [
    "verify-consistency",
    "--repair",
    "--delete-extra",
  ]);
  await step(project, "The layer is what it was", ["verify-consistency"]);
  const after = await layerRoot(project);
  say(`\nroot before  ${before}\nroot after   ${after}`);
  if (before !== after) throw new Error("the root hash is not what it was before");
}

const startedAtMs = performance.now();
const repository = fileURLToPath(new URL("../..", import.meta.url));
const project = await createProject(
  repository,
  ["dbctl.config.ts", "migrations", "seeds", "package.json"],
  "orchestrator",
);
try {
  await step(project, "Real engines on loopback, no Docker", ["stack", "up"]);
  const upAtMs = performance.now();
  await tell(project);
  await step(project, "Nothing stays behind", ["stack", "down", "--purge"]);
  const storyMs = performance.now() - upAtMs;
  say(
    `\n${bold("done")}: engines up in ${seconds(upAtMs - startedAtMs)} (downloads included), the story in ${seconds(storyMs)}`,
  );
} catch (error) {
  say(`\ndemo failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  await project.remove();
}
