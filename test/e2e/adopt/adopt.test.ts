import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, inject, test } from "vitest";
import { hasEngine } from "../../support/engines.ts";

const rounds = fileURLToPath(new URL("./rounds.ts", import.meta.url));

test.skipIf(!hasEngine("postgres") || !hasEngine("clickhouse"))(
  "200,000 flights and 3,201 movies: loaded, synced, equal; planted differences found exactly and repaired",
  async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [rounds, "--rounds", "2", "--seed", "7"], {
      // A stack in there is purged with the run's own, even when this test is killed.
      env: { ...process.env, TMPDIR: inject("runFolder") },
    });
    expect(stdout).toContain("2 rounds with seed 7: 40 differences planted, all found and nothing else");
  },
  240_000,
);
