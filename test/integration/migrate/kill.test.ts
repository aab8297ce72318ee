import { describe, expect, it } from "vitest";
import { run as init } from "../../../src/commands/init.ts";
import { run as down } from "../../../src/commands/migrate-down.ts";
import { hasEngine } from "../../support/engines.ts";
import { seededRandom } from "../../support/random.ts";
import { type KillRound, killRound, killScript, measure, STATEMENT_COUNT } from "./kill.ts";
import { engineProject } from "./project.ts";

/** DBCTL_TEST_KILL_ROUNDS=20 DBCTL_TEST_SEED=7 npx vitest run test/integration/migrate/kill */
const ROUNDS = Number(process.env.DBCTL_TEST_KILL_ROUNDS ?? 4);
const SEED = Number(process.env.DBCTL_TEST_SEED ?? Date.now() % 1_000_000);

describe.skipIf(!hasEngine("clickhouse") || !hasEngine("postgres"))("kill -9 in the middle of a step", () => {
  it(`goes on at the right statement, ${ROUNDS} times (seed ${SEED})`, async () => {
    await using project = engineProject("kill");
    project.write(killScript());
    await project.call(init, { dryRun: false, printSql: false });
    const undo = () => project.call(down, { steps: 1, dryRun: false });
    const stepMs = await measure(project);
    const random = seededRandom(SEED);
    const rounds: KillRound[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      await undo();
      rounds.push(await killRound(project, random, stepMs));
    }
    process.stderr.write(`killed at statement ${rounds.map(({ applied }) => applied ?? "-").join(", ")}\n`);
    for (const { applied, inFlight, resumedAt } of rounds) {
      if (applied === null) continue;
      // A statement in flight is resolved within the resumed step, so the run goes on where the record ends. What the
      // killed process had sent last may still have been recorded after we looked.
      expect([applied, applied + 1]).toContain(resumedAt);
      expect(applied).toBeLessThan(STATEMENT_COUNT + (inFlight ? 1 : 0));
    }
  }, 600_000);
});
