/** Kills `migrate up` in the middle of a ClickHouse step and proves that the next run goes on at the right statement. */
import type { ChildProcess } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import type { MigrateUpData } from "../../../src/commands/migrate-up.ts";
import type { Random } from "../../support/random.ts";
import type { EngineProject } from "./project.ts";

/** Each statement can be told to have run exactly once: none may be repeated or left out. */
const STATEMENTS = [
  "CREATE TABLE facts (id UInt64, note String) ENGINE = MergeTree ORDER BY id",
  "INSERT INTO facts SELECT number, 'first' FROM numbers(1000)",
  "CREATE TABLE sums (n UInt64) ENGINE = MergeTree ORDER BY n",
  "INSERT INTO sums SELECT count() FROM facts WHERE NOT sleepEachRow(0.00008)",
  "ALTER TABLE facts ADD COLUMN hits UInt32 DEFAULT 0",
  "ALTER TABLE facts UPDATE hits = hits + 1 WHERE 1",
  "INSERT INTO facts SELECT number + 1000, 'second', 1 FROM numbers(500)",
  "ALTER TABLE facts UPDATE hits = hits + 1 WHERE NOT sleepEachRow(0.00005)",
  "CREATE TABLE copies AS facts ENGINE = MergeTree ORDER BY id",
  "INSERT INTO copies SELECT * FROM facts",
  "RENAME TABLE copies TO archive",
  "ALTER TABLE archive DELETE WHERE id < 100",
  "INSERT INTO sums SELECT sum(hits) FROM archive",
];

export interface KillRound {
  readonly delayMs: number;
  /** Statements that the killed run had recorded; null when it had not begun or was through. */
  readonly applied: number | null;
  readonly inFlight: boolean;
  /** Where the next run went on. */
  readonly resumedAt: number | null;
}

export function killScript(): Record<string, string> {
  return {
    "0001_facts/clickhouse.up.sql": STATEMENTS.map((statement) => `${statement};\n`).join(""),
    "0001_facts/clickhouse.down.sql":
      "DROP TABLE IF EXISTS facts SYNC;\nDROP TABLE IF EXISTS sums SYNC;\nDROP TABLE IF EXISTS archive SYNC;\n",
  };
}

export const STATEMENT_COUNT = STATEMENTS.length;

/** How long the step takes undisturbed, from its first event to its end. */
export async function measure(project: EngineProject): Promise<number> {
  let beganMs = 0;
  const { status, stdout } = await project.spawn(["migrate", "up", "--events"], (child) => {
    onStep(child, () => {
      beganMs = performance.now();
    });
  });
  if (status !== 0) throw new Error(`the undisturbed run ended with ${status}: ${stdout}`);
  return performance.now() - beganMs;
}

/** Calls back when the process says that the step has begun. */
function onStep(child: ChildProcess, begun: () => void): void {
  let seen = "";
  const onData = (text: string) => {
    seen += text;
    if (!seen.includes('"statements"')) return;
    child.stdout?.off("data", onData);
    begun();
  };
  child.stdout?.on("data", onData);
}

/** One kill, then runs until one is through. @throws when a statement ran twice or not at all */
export async function killRound(project: EngineProject, random: Random, stepMs: number): Promise<KillRound> {
  const delayMs = random.integer(0, Math.ceil(stepMs));
  await project.spawn(["migrate", "up", "--events"], (child) => {
    onStep(child, async () => {
      await delay(delayMs);
      child.kill("SIGKILL");
    });
  });
  const [row] = await project.clickhouse(
    "SELECT statements_applied, statement_in_flight FROM _migration_history FINAL WHERE NOT deleted FORMAT TSV",
  );
  const [applied, inFlight] = row?.split("\t") ?? [];
  const next = await project.spawn(["migrate", "up", "--json"]);
  if (next.status !== 0) throw new Error(`after a kill at ${delayMs} ms: ${next.stdout}\n${next.stderr}`);
  const report: { readonly data: MigrateUpData } = JSON.parse(next.stdout);
  const result = report.data.applied[0];
  await prove(project, delayMs);
  const wasThrough = applied === undefined || Number(applied) === STATEMENT_COUNT;
  return {
    delayMs,
    applied: wasThrough ? null : Number(applied),
    inFlight: inFlight === "true" || inFlight === "1",
    resumedAt: result?.resumedAt ?? null,
  };
}

/** What every statement having run once leaves. */
async function prove(project: EngineProject, delayMs: number): Promise<void> {
  const facts = [
    ["SELECT count(), sum(hits), uniqExact(id) FROM facts", "1500\t3000\t1500"],
    ["SELECT count(), sum(hits) FROM archive", "1400\t2800"],
    ["SELECT groupArray(n) FROM (SELECT n FROM sums ORDER BY n)", "[1000,2800]"],
  ];
  for (const [query = "", expected] of facts) {
    const [found] = await project.clickhouse(query);
    if (found !== expected)
      throw new Error(`after a kill at ${delayMs} ms: ${query} gave ${found}, not ${expected}`);
  }
}
