/**
 * The main job on data that is not ours: load, sync, verify, then rounds of planted differences, each found exactly,
 * repaired and found equal. `node test/e2e/adopt/rounds.ts [--rounds 50] [--differences 20] [--seed 1]`
 */
import { isDeepStrictEqual, parseArgs } from "node:util";
import { createProject, type Project } from "../../support/project.ts";
import { seededRandom } from "../../support/random.ts";
import { type Planted, plantDifferences } from "./plant.ts";

interface Verified {
  readonly state: string;
  readonly root: string;
  readonly entities: readonly {
    readonly entity: string;
    readonly copies: readonly {
      readonly differences: readonly {
        readonly kind: Planted["kind"];
        readonly key: { readonly ordinal: string };
        readonly columns: readonly { readonly field: string }[];
      }[];
    }[];
  }[];
}

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "50" },
    differences: { type: "string", default: "20" },
    seed: { type: "string", default: "1" },
  },
});

const say = (text: string) => process.stdout.write(`${text}\n`);

function expect(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

async function succeed(project: Project, args: readonly string[]): Promise<void> {
  const startedAtMs = performance.now();
  const { status, stderr } = await project.dbctl(args);
  expect(status === 0, `dbctl ${args.join(" ")} ended with ${status}: ${stderr}`);
  say(`${((performance.now() - startedAtMs) / 1000).toFixed(1).padStart(6)} s  dbctl ${args.join(" ")}`);
}

function sorted(differences: readonly Planted[]): readonly string[] {
  return differences
    .map(
      ({ entity, ordinal, kind, columns }) => `${entity} ${ordinal} ${kind} ${columns.toSorted().join(",")}`,
    )
    .toSorted();
}

function found(verified: Verified): Planted[] {
  return verified.entities.flatMap(({ entity, copies }) =>
    copies.flatMap(({ differences }) =>
      differences.map(({ kind, key, columns }) => ({
        entity: entity as Planted["entity"],
        ordinal: Number(key.ordinal),
        kind,
        columns: kind === "different" ? columns.map(({ field }) => field) : [],
      })),
    ),
  );
}

async function round(project: Project, number: number, count: number, seed: number): Promise<void> {
  const random = seededRandom(seed * 1_000 + number);
  const planted = await plantDifferences(count, random, project);
  const verified = await project.json<Verified>(["verify-consistency", "--limit", "1000"]);
  expect(verified.exitCode === 6, `round ${number}: status ${verified.exitCode} instead of 6`);
  const expected = sorted(planted);
  const actual = sorted(found(verified.data));
  if (!isDeepStrictEqual(actual, expected)) {
    const lost = expected.filter((line) => !actual.includes(line));
    const invented = actual.filter((line) => !expected.includes(line));
    throw new Error(
      `round ${number}: not found: ${lost.join("; ") || "none"}; invented: ${invented.join("; ") || "none"}`,
    );
  }
  const repaired = await project.json<Verified>(["verify-consistency", "--repair", "--delete-extra"]);
  expect(
    repaired.exitCode === 0 && repaired.data.state === "equal",
    `round ${number}: repair did not end equal`,
  );
}

const project = await createProject(import.meta.dirname, ["dbctl.config.ts", "migrations", "seeds"], "vega");
try {
  await succeed(project, ["stack", "up"]);
  await succeed(project, ["init"]);
  await succeed(project, ["migrate", "up"]);
  await succeed(project, ["seed", "--store", "postgres"]);
  await succeed(project, ["sync"]);
  await succeed(project, ["verify-consistency"]);
  const rounds = Number(values.rounds);
  const differences = Number(values.differences);
  const startedAtMs = performance.now();
  for (let number = 1; number <= rounds; number++) {
    await round(project, number, differences, Number(values.seed));
    if (number % 10 === 0) say(`round ${number} of ${rounds}: all found, nothing invented, repaired`);
  }
  const elapsedSeconds = (performance.now() - startedAtMs) / 1000;
  say(
    `${rounds} rounds with seed ${values.seed}: ${rounds * differences} differences planted, all found and nothing else, ` +
      `every repair ended equal (${(elapsedSeconds / rounds).toFixed(1)} s a round)`,
  );
} finally {
  await project.remove();
}
