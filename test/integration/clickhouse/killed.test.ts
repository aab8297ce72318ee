import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { splitScript } from "../../../src/stores/clickhouse/split.ts";
import { engineOptions, hasEngine } from "../../support/engines.ts";
import { seededRandom } from "../../support/random.ts";
import { Kit, never } from "./kit.ts";

const RUNNER = fileURLToPath(new URL("./killed-runner.ts", import.meta.url));
const KILLS = 20;

/** Statements of every kind whose effect is seen to have come about once: twice would show as well as never. */
const UP = `
CREATE TABLE log (step UInt8, n UInt32) ENGINE = MergeTree ORDER BY (step, n);
INSERT INTO log SELECT 1, number FROM numbers(1000) WHERE sleepEachRow(0.0003) = 0 SETTINGS function_sleep_max_microseconds_per_block = 0;
ALTER TABLE log ADD COLUMN times Int32 DEFAULT 0;
ALTER TABLE log UPDATE times = times + 1 WHERE sleepEachRow(0.0002) = 0;
CREATE TABLE a (x String) ENGINE = MergeTree ORDER BY x;
CREATE TABLE b (x String) ENGINE = MergeTree ORDER BY x;
INSERT INTO a VALUES ('from a; once');
INSERT INTO b VALUES ('from b');
EXCHANGE TABLES a AND b;
INSERT INTO log (step, n) SELECT 2, number FROM numbers(500) WHERE sleepEachRow(0.0004) = 0 SETTINGS function_sleep_max_microseconds_per_block = 0;
RENAME TABLE a TO c;
ALTER TABLE log UPDATE times = times + 10 WHERE step = 2;
CREATE MATERIALIZED VIEW seen ENGINE = SummingMergeTree ORDER BY step AS SELECT step, count() AS n FROM log GROUP BY step;
INSERT INTO log (step, n) VALUES (3, 1), (3, 2);
DELETE FROM log WHERE n = 0;
DROP TABLE b;
`;

describe.skipIf(!hasEngine("clickhouse"))("a runner killed in the middle of a step", () => {
  const kit = new Kit("killed");
  const random = seededRandom(42);

  /** Runs the step; kills it a random time after it went to work. Whether it was killed. */
  async function run(mayKill: boolean): Promise<boolean> {
    const job = JSON.stringify({ options: engineOptions("clickhouse", kit.namespace), up: UP });
    const runner = spawn(process.execPath, [RUNNER, job], { stdio: ["ignore", "pipe", "pipe"] });
    let words = "";
    runner.stderr.on("data", (chunk) => {
      words += chunk;
    });
    const afterMs = random.integer(0, 400);
    let timer: NodeJS.Timeout | undefined;
    runner.stdout.once("data", () => {
      if (mayKill) timer = setTimeout(() => runner.kill("SIGKILL"), afterMs);
    });
    const [code, signal] = await once(runner, "exit");
    clearTimeout(timer);
    if (signal === null) expect([code, words]).toEqual([0, ""]);
    return signal !== null;
  }

  test(`${KILLS} times at random: the next one goes on at the right statement`, {
    timeout: 240_000,
  }, async () => {
    const store = await kit.ready();
    const total = splitScript({ file: "", text: UP }).length;
    const stoppedAt = new Set<number>();
    let kills = 0;
    while (kills < KILLS) {
      await store.migrations.ensureHistory(never);
      while (await run(kills < KILLS)) {
        kills++;
        stoppedAt.add((await store.migrations.history(never))?.[0]?.statementsApplied ?? -1);
      }
      const log = "SELECT step, count(), min(times), max(times), min(n) FROM log GROUP BY step ORDER BY step";
      expect(await kit.sql(`${log} FORMAT CSV`)).toBe("1,999,1,1,1\n2,499,10,10,1\n3,2,0,0,1");
      expect(await kit.sql("SELECT x FROM c")).toBe("from b");
      expect(await kit.sql("SELECT step, sum(n) FROM seen GROUP BY step FORMAT CSV")).toBe("3,2");
      const names = (await store.catalog(never)).map(({ name }) => name);
      expect(names).toEqual(["c", "log", "seen"]);
      expect(await store.migrations.history(never)).toMatchObject([
        { statementsTotal: total, statementsApplied: total, statementInFlight: false, error: null },
      ]);
      for (const name of names) await store.dropCollection({ store: "clickhouse", name }, never);
      await store.migrations.dropHistory(never);
    }
    // The kills were spread over the step.
    expect(stoppedAt.size).toBeGreaterThan(4);
  });
});
