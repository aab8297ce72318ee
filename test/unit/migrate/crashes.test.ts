import fc from "fast-check";
import { afterEach, expect, it } from "vitest";
import { run as init } from "../../../src/commands/init.ts";
import { run as down } from "../../../src/commands/migrate-down.ts";
import { run as status } from "../../../src/commands/migrate-status.ts";
import { run as up } from "../../../src/commands/migrate-up.ts";
import { DbctlError } from "../../../src/errors.ts";
import { FakeCrash, type FakeServer } from "../../support/fake.ts";
import { type FakeProject, type FakeStoreName, fakeProject } from "./fake-project.ts";

const projects: FakeProject[] = [];

afterEach(async () => {
  for (const project of projects.splice(0)) await project[Symbol.asyncDispose]();
});

/** One version: how many tables its step makes in each store; 0: no step there. */
type Version = Readonly<Record<FakeStoreName, number>>;

type Event =
  | { readonly kind: "up" | "down"; readonly crashAt: number | null }
  | { readonly kind: "add"; readonly version: Version };

const version: fc.Arbitrary<Version> = fc
  .record({ postgres: fc.nat(2), clickhouse: fc.nat(3) })
  .filter(({ postgres, clickhouse }) => postgres + clickhouse > 0);
const crashAt = fc.option(fc.nat(40), { nil: null });
const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("up" as const), crashAt }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("down" as const), crashAt }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("add" as const), version }) },
);

/** A second run of `table x` fails, and so does `drop x` without it: nothing may happen twice. */
class Story {
  readonly project = fakeProject();
  readonly tables: Record<FakeStoreName, string[]> = { postgres: [], clickhouse: [] };
  #versions = 0;
  #calls = 0;
  #crashAt: number | null = null;

  constructor() {
    projects.push(this.project);
    for (const server of Object.values(this.project.servers)) {
      server.onCall = () => {
        if (this.#crashAt !== null && this.#calls++ >= this.#crashAt) throw new FakeCrash("the process died");
      };
    }
  }

  add(counts: Version): void {
    const folder = `${String(++this.#versions).padStart(4, "0")}_step`;
    for (const store of ["postgres", "clickhouse"] as const) {
      const names = Array.from({ length: counts[store] }, (_, index) => `t${this.#versions}_${index}`);
      if (names.length === 0) continue;
      this.tables[store].push(...names);
      this.project.write({
        [`${folder}/${store}.up.sql`]: names.map((name) => `table ${name}\n`).join(""),
        [`${folder}/${store}.down.sql`]: names.map((name) => `drop ${name}\n`).join(""),
      });
    }
  }

  /** Runs to the end or to the crash; what the half-done state refuses is finished the way the hint says. */
  async play({ kind, crashAt }: Exclude<Event, { kind: "add" }>): Promise<void> {
    this.#calls = 0;
    this.#crashAt = crashAt;
    try {
      await (kind === "up" ? this.up() : this.down());
    } catch (error) {
      if (!isCrash(error) && !isUnfinished(error)) throw error;
    } finally {
      this.#crashAt = null;
    }
  }

  up = () => up(this.project.context(), { dryRun: false, allowOutOfOrder: false });
  down = (steps = 1) => down(this.project.context(), { steps, dryRun: false });
  status = () => status(this.project.context(), {});

  held(server: FakeServer): string[] {
    return [...(server.namespaces.get("shop")?.tables.keys() ?? [])].sort();
  }
}

function isCrash(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof FakeCrash) return true;
  }
  return false;
}

/** A step stopped half-way and wants the other command first. */
function isUnfinished(error: unknown): error is DbctlError {
  return (
    error instanceof DbctlError && error.code === "HISTORY_DIVERGED" && error.hint.startsWith("finish it")
  );
}

it("ends with every step done once, wherever runs die", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 3, maxLength: 14 }), async (events) => {
      const story = new Story();
      await init(story.project.context(), { dryRun: false, printSql: false });
      story.add({ postgres: 1, clickhouse: 2 });
      for (const current of events) {
        if (current.kind === "add") story.add(current.version);
        else await story.play(current);
      }

      try {
        await story.up();
      } catch (error) {
        if (!isUnfinished(error)) throw error;
        await story.down();
        await story.up();
      }
      const { servers } = story.project;
      for (const store of ["postgres", "clickhouse"] as const) {
        expect(story.held(servers[store])).toEqual(story.tables[store].toSorted());
      }
      const after = await story.status();
      expect(after).toMatchObject({ exitStatus: 0, data: { problems: [], pending: 0 } });
      for (const { store, revisions } of after.data.heads) {
        expect(revisions).toBe(after.data.steps.filter((step) => step.store === store).length);
      }
      expect(await story.up()).toMatchObject({ data: { applied: [] } });

      await story.down(100);
      for (const server of Object.values(servers)) expect(story.held(server)).toEqual([]);
      expect((await story.status()).data).toMatchObject({ applied: 0, heads: [] });
    }),
    { numRuns: 60 },
  );
});

it("goes on at the statement that was not finished", async () => {
  const story = new Story();
  await init(story.project.context(), { dryRun: false, printSql: false });
  story.add({ postgres: 0, clickhouse: 3 });
  const { clickhouse } = story.project.servers;
  clickhouse.injectStatementFault({ at: 1, kind: "fail" });
  await expect(story.up()).rejects.toMatchObject({ code: "MIGRATION_FAILED" });
  clickhouse.injectStatementFault(null);
  const report = await story.up();
  expect(report.data.applied).toMatchObject([{ statements: 3, resumedAt: 1 }]);
});

it("leaves nothing of a failed step where the engine can take it back", async () => {
  const story = new Story();
  await init(story.project.context(), { dryRun: false, printSql: false });
  story.add({ postgres: 2, clickhouse: 0 });
  story.project.servers.postgres.injectStatementFault({ at: 1, kind: "fail" });
  await expect(story.up()).rejects.toMatchObject({ code: "MIGRATION_FAILED" });
  expect(story.held(story.project.servers.postgres)).toEqual([]);
  expect((await story.status()).data).toMatchObject({ applied: 0, pending: 1, problems: [] });
});
