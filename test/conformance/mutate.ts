/**
 * Breaks one contract after the other and runs the part of the suite that is to notice. Ends with 1 when one survives.
 *
 *     node test/conformance/mutate.ts [--store fake|postgres|clickhouse] [words of a mutation's name]
 */
import { parseArgs } from "node:util";
import { createVitest, type TestModule, type Vitest } from "vitest/node";
import { MUTATIONS, type Mutation } from "./mutations.ts";

const LACKS: Readonly<Record<string, readonly Mutation["needs"][]>> = {
  fake: [],
  postgres: [],
  clickhouse: ["lock", "snapshot"],
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { store: { type: "string", default: "fake" } },
});
const { store } = values;
const print = (line: string) => process.stdout.write(`${line}\n`);

/** The name of the first test that failed, or whatever else went wrong; null when nothing did. */
function caughtBy(modules: readonly TestModule[], unhandled: readonly unknown[]): string | null {
  for (const module of modules) {
    for (const test of module.children.allTests("failed"))
      return test.fullName.replace(/^.*?conformance of /, "");
    for (const suite of module.children.allSuites())
      if (suite.errors().length > 0) return `${suite.fullName}: ${suite.errors()[0]?.message}`;
    if (module.errors().length > 0) return `${module.errors()[0]?.message}`;
  }
  return unhandled.length > 0 ? String(unhandled[0]) : null;
}

async function run(vitest: Vitest, mutation: Mutation | null): Promise<string | null> {
  process.env.DBCTL_MUTATION = mutation?.name ?? "";
  vitest.setGlobalTestNamePattern(mutation === null ? /./ : new RegExp(` (${mutation.part})`));
  const specifications = await vitest.getRelevantTestSpecifications([`test/conformance/${store}.test.ts`]);
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(specifications);
  if (
    ![...testModules].some((module) =>
      [...module.children.allTests()].some((test) => test.result().state !== "skipped"),
    )
  )
    throw new Error(`no test of ${store} is called ${mutation?.part}`);
  return caughtBy(testModules, unhandledErrors);
}

const chosen = MUTATIONS.filter(({ name }) => name.includes(positionals.join(" ")));
const lacks = LACKS[store];
if (lacks === undefined || chosen.length === 0) {
  print(
    `usage: node test/conformance/mutate.ts [--store ${Object.keys(LACKS).join("|")}] [words of a mutation's name]`,
  );
  process.exit(2);
}
const engines = store === "fake" ? { globalSetup: [], provide: { engineUrls: {} } } : {};
const vitest = await createVitest({
  watch: false,
  bail: 1,
  reporters: [{}],
  testTimeout: 20_000,
  ...engines,
});
const survivors: string[] = [];
let noticed = 0;
try {
  const fault = await run(vitest, null);
  if (fault !== null) throw new Error(`the suite must pass before anything is broken: ${fault}`);
  print("✓  nothing is broken → nobody complains");
  for (const mutation of chosen) {
    if (mutation.needs !== undefined && lacks.includes(mutation.needs)) {
      print(`–  ${mutation.name}: ${store} has no ${mutation.needs}`);
      continue;
    }
    const startedMs = performance.now();
    const caught = await run(vitest, mutation);
    if (caught === null) survivors.push(mutation.name);
    else noticed++;
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
    print(`${caught === null ? "✗" : "✓"}  ${mutation.name} → ${caught ?? "NOBODY NOTICED"} (${seconds} s)`);
  }
} finally {
  await vitest.close();
}
print(`${noticed} noticed, ${chosen.length - noticed - survivors.length} not applicable to ${store}`);
for (const name of survivors) print(`SURVIVED: ${name}`);
process.exit(survivors.length === 0 ? 0 : 1);
