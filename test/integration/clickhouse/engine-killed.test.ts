import { globSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, inject, test } from "vitest";
import { readStack, stackUp } from "../../../src/stack/index.ts";
import { openClickhouse } from "../../../src/stores/clickhouse/index.ts";
import type { Store } from "../../../src/stores/store.ts";
import { silentReporter } from "../../../src/ui/reporter.ts";
import { engineOptions, hasEngine } from "../../support/engines.ts";
import { never, plainSql } from "./kit.ts";
import { stepOf } from "./step.ts";

const NAMESPACE = "crashes";

/** An engine that only this test uses; the run's end takes it down. */
async function privateEngine(root: string): Promise<{ readonly url: string; readonly pid: number }> {
  const env = { ...process.env, DATABASE_URL: undefined, CLICKHOUSE_URL: undefined };
  await stackUp({ root, stores: ["clickhouse"], reporter: silentReporter, signal: never, env });
  const engine = readStack(root)?.engines.clickhouse;
  if (engine?.url == null || engine.pid == null) throw new Error("the private engine did not start");
  return { url: engine.url, pid: engine.pid };
}

/** The process and all below it. */
function family(pid: number): number[] {
  const parents = globSync("/proc/[0-9]*/stat").flatMap((file) => {
    try {
      const [, child, parent] = /^(\d+) \(.*\) \S (\d+)/s.exec(readFileSync(file, "utf8")) ?? [];
      return [[Number(child), Number(parent)] as const];
    } catch {
      return [];
    }
  });
  const below = (one: number): number[] => [
    one,
    ...parents.filter(([, parent]) => parent === one).flatMap(([child]) => below(child)),
  ];
  return below(pid);
}

function open(url: string): Store {
  const { hostname, port, username, password } = new URL(url);
  const options = engineOptions("clickhouse", NAMESPACE);
  const connection = { ...options.connection, host: hostname, port: Number(port), user: username };
  return openClickhouse({
    ...options,
    connection: { ...connection, password: decodeURIComponent(password) },
  });
}

describe.skipIf(!hasEngine("clickhouse"))("an engine killed under a step", () => {
  test("the history is there when it is back, and the step goes on", { timeout: 180_000 }, async () => {
    const root = join(inject("runFolder"), "killed-engine");
    mkdirSync(root, { recursive: true });
    const first = await privateEngine(root);
    const store = open(first.url);
    await store.ensureNamespace(never);
    await store.migrations.ensureHistory(never);
    await store.migrations.recordHead(
      "clickhouse",
      { store: "clickhouse", version: "0", chain: "c", revisions: 1 },
      never,
    );
    const slow =
      "INSERT INTO t SELECT number FROM numbers(2000) WHERE sleepEachRow(0.002) = 0 SETTINGS function_sleep_max_microseconds_per_block = 0";
    const step = stepOf(
      "0001",
      `CREATE TABLE t (n UInt32) ENGINE = MergeTree ORDER BY n; INSERT INTO t VALUES (1); ${slow}; DROP TABLE t;`,
    );
    const applying = store.migrations.apply(step, {
      direction: "up",
      resume: null,
      dbctlVersion: "1",
      signal: never,
    });
    applying.catch(() => {});
    await expect
      .poll(
        () =>
          plainSql(
            first.url,
            "SELECT count() FROM system.processes WHERE query LIKE 'INSERT INTO t SELECT%'",
          ),
        { timeout: 20_000 },
      )
      .toBe("1");
    for (const pid of family(first.pid).reverse()) process.kill(pid, "SIGKILL");
    await expect(applying).rejects.toMatchObject({ code: "STORE_UNREACHABLE" });
    await store.close();
    await delay(200);

    const again = await privateEngine(root);
    const revived = open(again.url);
    const [resume = null] = (await revived.migrations.history(never)) ?? [];
    expect(resume).toMatchObject({ statementsApplied: 2, statementInFlight: true, error: null });
    expect(await revived.migrations.heads(never)).toHaveLength(1);
    const kept = stepOf(
      "0001",
      step.up.text.replace("DROP TABLE t", "SELECT throwIf(count() != 2001) FROM t"),
    );
    await revived.migrations.apply(kept, { direction: "up", resume, dbctlVersion: "1", signal: never });
    expect(await revived.migrations.history(never)).toMatchObject([
      { statementsApplied: 4, statementInFlight: false },
    ]);
    await revived.close();
  });
});
