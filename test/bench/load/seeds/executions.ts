import { defineSeed, type SeedRow } from "dbctl";

const DAY_MS = 86_400_000;
const STATUSES = [
  ["succeeded", 80],
  ["failed", 10],
  ["running", 10],
] as const;

/** `--scale N` makes N executions. */
export default defineSeed({
  name: "load",
  entities: {
    executions: {
      *rows({ random, scale, now }): Iterable<SeedRow> {
        const pool = Array.from({ length: 64 }, () => random.uuid());
        for (let index = 0; index < scale; index++) {
          const status = random.weighted(STATUSES);
          const createdAt = now.getTime() - DAY_MS + index;
          const isFinished = status !== "running";
          yield {
            id: random.uuid(),
            organizationId: random.pick(pool),
            workflowId: random.pick(pool),
            workflowVersion: random.int(1, 9),
            agentId: random.bool(0.9) ? random.pick(pool) : null,
            status,
            input: { question: `Case ${random.int(1, 1_000_000)}`, priority: random.int(1, 5) },
            output: status === "succeeded" ? { score: random.int(0, 1000) / 1000, notes: "größer" } : null,
            error: status === "failed" ? "the model refused" : null,
            cost: random.decimal(0, 3, 4),
            tokens: random.int(100, 60_000),
            startedAt: new Date(createdAt + 5),
            finishedAt: isFinished ? new Date(createdAt + random.int(50, 600_000)) : null,
            createdAt: new Date(createdAt),
          };
        }
      },
    },
  },
});
