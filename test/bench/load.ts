/**
 * `node test/bench/load.ts [--rows 1000000] [--repeats 1]`: generated executions into both stores, beside a plain COPY and a plain
 * Native insert of the same rows; the proof over them beside its floor; the most memory that dbctl held. Status 1 when
 * a goal is missed. On a busy machine repeat: the best of each counts. Runs on the servers of DBCTL_TEST_<STORE>_URL, in a namespace of its own, or on a local stack.
 */
import { randomBytes } from "node:crypto";
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { SeedRunData } from "../../src/commands/seed-run.ts";
import type { VerifyData } from "../../src/commands/verify-consistency.ts";
import { formatBytes, formatDuration, formatRate } from "../../src/util/format.ts";
import { emptyTables, type FloorPlaces, type Floors, measureFloors } from "./load/floors.ts";
import { type Watched, type Watcher, watch } from "./load/watched.ts";

const MAX_PEAK_BYTES = 300e6;
/** Of the slower of the two plain loads. */
const LEAST_SHARE = 0.6;
/** Below, starting and stopping weigh more than rows. */
const JUDGED_ROWS = 200_000;

const repository = fileURLToPath(new URL("../..", import.meta.url));
const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "1000000" },
    repeats: { type: "string", default: "1" },
    binary: { type: "string", default: join(repository, "bin/dbctl.js") },
  },
});
const rows = Number(values.rows);
const { DBCTL_TEST_POSTGRES_URL: postgresUrl, DBCTL_TEST_CLICKHOUSE_URL: clickhouseUrl } = process.env;
const isOwnStack = postgresUrl === undefined || clickhouseUrl === undefined;
const namespace = `t_load_${randomBytes(4).toString("hex")}`;

async function makeProject(): Promise<Watcher> {
  const cwd = await mkdtemp(join(tmpdir(), "dbctl-load-"));
  await mkdir(join(cwd, "node_modules"));
  await symlink(repository, join(cwd, "node_modules/dbctl"), "dir");
  for (const part of ["dbctl.config.ts", "migrations", "seeds"]) {
    await cp(join(import.meta.dirname, "load", part), join(cwd, part), { recursive: true });
  }
  const env: Record<string, string> = { DBCTL_NAMESPACE: namespace };
  if (!isOwnStack) Object.assign(env, { DATABASE_URL: postgresUrl, CLICKHOUSE_URL: clickhouseUrl });
  return { binary: resolve(values.binary), cwd, env };
}

async function urlOf(project: Watcher, store: "postgres" | "clickhouse"): Promise<URL> {
  const given = store === "postgres" ? postgresUrl : clickhouseUrl;
  const text = isOwnStack
    ? JSON.parse(await readFile(join(project.cwd, ".dbctl/stack.json"), "utf8")).engines[store].url
    : given;
  const url = new URL(text);
  url.pathname = `/${namespace}`;
  return url;
}

function line(what: string, durationMs: number, note = ""): void {
  const rate = formatRate((rows * 1000) / durationMs);
  say(`${what.padEnd(44)} ${formatDuration(durationMs).padStart(9)}  ${rate.padStart(16)}  ${note}`);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

interface Measured {
  readonly seeded: Watched<SeedRunData>;
  readonly verified: Watched<VerifyData>;
  readonly floors: Floors;
}

/** One after the other in every round, so that a change of the machine's load meets all of them. */
async function measureOnce(project: Watcher, places: FloorPlaces): Promise<Measured> {
  await emptyTables(places);
  const seeded = await watch<SeedRunData>(project, ["seed", "run", "--scale", String(rows)]);
  const verified = await watch<VerifyData>(project, ["verify-consistency"]);
  return { seeded, verified, floors: await measureFloors(places) };
}

function seedMsOf({ data }: Watched<SeedRunData>): number {
  return Math.max(...data.entities.flatMap((entity) => entity.places.map((place) => place.durationMs)));
}

/** The run of the least time; the memory is the most of all. */
function best<Data>(runs: readonly Watched<Data>[], timeOf: (run: Watched<Data>) => number): Watched<Data> {
  const [first, ...others] = runs.toSorted((a, b) => timeOf(a) - timeOf(b));
  if (first === undefined) throw new Error("nothing was measured");
  return { ...first, peakBytes: Math.max(first.peakBytes, ...others.map(({ peakBytes }) => peakBytes)) };
}

async function measure(project: Watcher): Promise<readonly string[]> {
  await watch(project, ["init"]);
  await watch(project, ["migrate", "up"]);
  const urls = { postgres: await urlOf(project, "postgres"), clickhouse: await urlOf(project, "clickhouse") };
  const runs: Measured[] = [];
  for (let round = 0; round < Number(values.repeats); round++) {
    runs.push(await measureOnce(project, { ...urls, dir: project.cwd }));
  }
  const least = (pick: (floors: Floors) => number) => Math.min(...runs.map(({ floors }) => pick(floors)));
  const floors = {
    copyMs: least(({ copyMs }) => copyMs),
    nativeMs: least(({ nativeMs }) => nativeMs),
    digestMs: least(({ digestMs }) => digestMs),
  };
  const seeded = best(
    runs.map((run) => run.seeded),
    seedMsOf,
  );
  const verified = best(
    runs.map((run) => run.verified),
    ({ data }) => data.durationMs,
  );
  return report({ seeded, verified, floors });
}

function report({ seeded, verified, floors }: Measured): readonly string[] {
  const places = seeded.data.entities.flatMap((entity) => entity.places);
  const seedMs = seedMsOf(seeded);
  const slowerMs = Math.max(floors.copyMs, floors.nativeMs);
  const share = slowerMs / seedMs;
  const peak = (bytes: number) => `${formatBytes(bytes)} at most`;
  line("seed run, both stores at once", seedMs, `${peak(seeded.peakBytes)}, ${percent(share)} of the slower`);
  for (const { place, durationMs } of places) line(`  ${place}`, durationMs);
  line("plain COPY, binary", floors.copyMs);
  line("plain INSERT, Native", floors.nativeMs);
  const { durationMs } = verified.data;
  const times = (durationMs / floors.digestMs).toFixed(2);
  line("verify-consistency, equal", durationMs, `${peak(verified.peakBytes)}, ${times} × its floor`);
  line("floor: COPY in key order into SHA-256", floors.digestMs);

  const misses = [
    ...places.filter((place) => place.rows !== rows).map((place) => `${place.place} took ${place.rows} rows`),
    ...[seeded, verified]
      .filter(({ peakBytes }) => peakBytes > MAX_PEAK_BYTES)
      .map(
        ({ peakBytes }) => `${formatBytes(peakBytes)} of memory, more than ${formatBytes(MAX_PEAK_BYTES)}`,
      ),
  ];
  if (rows >= JUDGED_ROWS && share < LEAST_SHARE)
    misses.push(`seeding reached ${percent(share)} of the slower load`);
  return misses;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

const project = await makeProject();
try {
  if (isOwnStack) await watch(project, ["stack", "up"]);
  const misses = await measure(project);
  for (const miss of misses) say(`missed: ${miss}`);
  if (misses.length > 0) process.exitCode = 1;
} finally {
  if (isOwnStack) await watch(project, ["stack", "down", "--purge"]);
  else await watch(project, ["reset", "--confirm=load"]);
  await rm(project.cwd, { recursive: true, force: true });
}
