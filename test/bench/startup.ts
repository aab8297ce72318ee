/**
 * `npm run bench:startup`: what starting dbctl costs beside starting Node, as medians of one run, printed as a table;
 * status 1 when a goal is missed. `migrate status` runs on PostgreSQL: DBCTL_TEST_POSTGRES_URL, or a local stack of its
 * own, in a namespace of its own.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { withoutStoreVariables } from "../support/environment.ts";

const ROUNDS = 21;
const binary = fileURLToPath(new URL("../../bin/dbctl.js", import.meta.url));
const project = mkdtempSync(join(tmpdir(), "dbctl-startup-"));
const url = process.env.DBCTL_TEST_POSTGRES_URL;
const env = withoutStoreVariables(process.env);

interface Candidate {
  readonly name: string;
  readonly args: readonly string[];
  /** Whether the median keeps its goal beside Node's own start. */
  readonly goal?: { readonly text: string; readonly holds: (medianMs: number, nodeMs: number) => boolean };
  readonly samplesMs: number[];
}

const candidates: Candidate[] = [
  { name: "node -e 0", args: ["-e", "0"], samplesMs: [] },
  {
    name: "dbctl --version",
    args: [binary, "--version"],
    goal: { text: "≤ 1.5 ×", holds: (median, node) => median <= 1.5 * node },
    samplesMs: [],
  },
  {
    name: "dbctl --help",
    args: [binary, "--help"],
    goal: { text: "≤ 2.2 ×", holds: (median, node) => median <= 2.2 * node },
    samplesMs: [],
  },
  {
    name: "dbctl migrate status",
    args: [binary, "migrate", "status"],
    goal: { text: "≤ 300 ms above", holds: (median, node) => median <= node + 300 },
    samplesMs: [],
  },
];

function median(samples: readonly number[]): number {
  return [...samples].sort((a, b) => a - b)[Math.floor(samples.length / 2)] ?? Number.NaN;
}

function dbctl(...args: string[]): void {
  execFileSync(process.execPath, [binary, ...args], {
    cwd: project,
    env,
    stdio: ["ignore", "ignore", "inherit"],
  });
}

/** Rounds go through all candidates in turn, so that a busy moment hits each of them; the first one fills the caches. */
function measure(): void {
  for (let round = 0; round <= ROUNDS; round++) {
    for (const { args, samplesMs } of candidates) {
      const startMs = performance.now();
      const { status, stderr } = spawnSync(process.execPath, args, { cwd: project, env });
      const tookMs = performance.now() - startMs;
      if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status}: ${stderr}`);
      if (round > 0) samplesMs.push(tookMs);
    }
  }
}

const config = {
  name: "startup",
  namespace: `t_startup_${process.pid}`,
  stores: { postgres: url ? { url } : {} },
};
writeFileSync(join(project, "dbctl.config.json"), JSON.stringify(config));
try {
  if (!url) dbctl("stack", "up", "--store", "postgres", "--quiet");
  dbctl("init", "--quiet");
  measure();
} finally {
  if (url) dbctl("reset", "--confirm=startup", "--quiet");
  else dbctl("stack", "down", "--purge", "--quiet");
  rmSync(project, { recursive: true });
}

const nodeMs = median(candidates[0]?.samplesMs ?? []);
let failed = false;
for (const { name, goal, samplesMs } of candidates) {
  const medianMs = median(samplesMs);
  const holds = goal?.holds(medianMs, nodeMs) ?? true;
  failed ||= !holds;
  const cells = [
    name.padEnd(22),
    `${medianMs.toFixed(0).padStart(5)} ms`,
    `${(medianMs / nodeMs).toFixed(2).padStart(5)} ×`,
    goal === undefined ? "" : `goal ${goal.text}: ${holds ? "kept" : "MISSED"}`,
  ];
  process.stdout.write(`${cells.join("  ").trimEnd()}\n`);
}
process.stdout.write(`medians of ${ROUNDS} runs each, in one run\n`);
process.exitCode = failed ? 1 : 0;
