import { createHash } from "node:crypto";
import { defineSeed, type Random, type SeedContext, type SeedRow } from "dbctl";

/** Everything below an organization; `--scale N` makes N organizations. */
const USERS = 12;
const AGENTS = 8;
const WORKFLOWS = 6;
const EXECUTIONS = 2_500;
const EVENTS_PER_EXECUTION = 3;

const DAY_MS = 86_400_000;
const MODELS = ["atlas-large", "atlas-small", "meridian-2", "örtlich-1"] as const;
const AGENT_TYPES = ["planner", "researcher", "coder", "reviewer", "operator"] as const;
const GIVEN_NAMES = [
  "Ada",
  "Björn",
  "Chloé",
  "Dilnoza",
  "Eun-ji",
  "Fátima",
  "Grażyna",
  "Håkon",
  "李娜",
  "Zoë",
] as const;
const FAMILY_NAMES = [
  "Abe",
  "Brontë",
  "Çelik",
  "Dvořák",
  "Eriksen",
  "García",
  "Ng",
  "O’Neill",
  "Świątek",
] as const;
const ENGINES = ["sequential", "graph", "event"] as const;
const SPECIALIZATIONS = ["finance", "law", "biology", null] as const;

/** Time-ordered (RFC 9562, version 7), the same for the same name. */
function orderedUuid(atMs: number, name: string): string {
  const random = createHash("sha256").update(name).digest("hex");
  const time = atMs.toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-a${random.slice(3, 6)}-${random.slice(6, 18)}`;
}

function person(random: Random): string {
  return `${random.pick(GIVEN_NAMES)} ${random.pick(FAMILY_NAMES)}`;
}

function steps(random: Random): SeedRow[] {
  return Array.from({ length: random.int(2, 5) }, (_, index) => ({
    id: `step-${index + 1}`,
    uses: random.pick(AGENT_TYPES),
    timeoutSeconds: random.int(10, 600),
    retry: { max: random.int(0, 3), backoff: random.pick(["none", "linear", "exponential"]) },
  }));
}

/** Instants are spread over the 60 days before `now`, in the order of their numbers. */
function createdAtMs(context: SeedContext, index: number): number {
  const total = context.scale * EXECUTIONS;
  return context.now.getTime() - 60 * DAY_MS + Math.floor((index / total) * 59 * DAY_MS);
}

function* organizations({ random, scale, now }: SeedContext): Iterable<SeedRow> {
  for (let index = 0; index < scale; index++) {
    yield {
      id: random.uuid(),
      name: `${random.pick(FAMILY_NAMES)} & ${random.pick(FAMILY_NAMES)} ${random.pick(["GmbH", "Ltd", "SARL", "株式会社"])}`,
      slug: `organization-${index + 1}`,
      plan: random.weighted([
        ["free", 5],
        ["early", 3],
        ["mid_market", 2],
        ["enterprise", 1],
      ]),
      settings: { locale: random.pick(["en", "de", "ja"]), retentionDays: random.pick([30, 90, 365]) },
      createdAt: random.date(new Date(now.getTime() - 700 * DAY_MS), new Date(now.getTime() - 400 * DAY_MS)),
    };
  }
}

function* users({ random, refs, now }: SeedContext): Iterable<SeedRow> {
  for (const organization of refs.all("organizations")) {
    for (let index = 0; index < USERS; index++) {
      const createdAt = random.date(new Date(now.getTime() - 400 * DAY_MS), now);
      yield {
        id: random.uuid(),
        organizationId: organization.id,
        email: `user-${index + 1}@${organization.slug}.example`,
        displayName: person(random),
        status: random.weighted([
          ["active", 8],
          ["invited", 1],
          ["suspended", 1],
        ]),
        preferences: { theme: random.pick(["light", "dark"]), digest: random.bool() },
        lastLoginAt: random.bool(0.8) ? random.date(createdAt, now) : null,
        createdAt,
      };
    }
  }
}

function* agents({ random, refs, now }: SeedContext): Iterable<SeedRow> {
  for (const organization of refs.all("organizations")) {
    for (let index = 0; index < AGENTS; index++) {
      const agentType = random.pick(AGENT_TYPES);
      yield {
        id: random.uuid(),
        organizationId: organization.id,
        name: `${agentType}-${index + 1}`,
        agentType,
        model: random.pick(MODELS),
        specialization: random.pick(SPECIALIZATIONS),
        config: { temperature: Number(random.decimal(0, 2, 2)), maxTokens: 2 ** random.int(9, 15) },
        personalityTraits: { openness: random.float(), patience: random.float() },
        beliefState: random.bool(0.7) ? random.bytes(48) : null,
        energyLevel: random.int(0, 100),
        locationH3: random.bool() ? `8928308280${random.int(10000, 99999)}` : null,
        status: random.pick(["idle", "active", "inactive", "suspended"]),
        lastActiveAt: random.bool(0.9) ? random.date(new Date(now.getTime() - 30 * DAY_MS), now) : null,
        createdAt: random.date(new Date(now.getTime() - 300 * DAY_MS), now),
      };
    }
  }
}

function* workflows({ random, refs, now }: SeedContext): Iterable<SeedRow> {
  for (const organization of refs.all("organizations")) {
    for (let index = 0; index < WORKFLOWS; index++) {
      yield {
        id: random.uuid(),
        organizationId: organization.id,
        name: `${random.pick(["Triage", "Quarterly report", "Code review", "Onboarding"])} ${index + 1}`,
        description: random.bool(0.7) ? `Keeps ${person(random)} informed.` : null,
        engineType: random.pick(ENGINES),
        status: random.pick(["draft", "active", "paused", "archived"]),
        steps: steps(random),
        context: {},
        tags: ["nightly", "customer", "größer"].filter(() => random.bool()),
        currentVersion: 2,
        createdBy: null,
        assignedTo: null,
        createdAt: random.date(new Date(now.getTime() - 200 * DAY_MS), new Date(now.getTime() - 61 * DAY_MS)),
      };
    }
  }
}

function* workflowVersions({ random, refs }: SeedContext): Iterable<SeedRow> {
  for (const workflow of refs.all("workflows")) {
    for (const version of [1, 2]) {
      yield {
        workflowId: workflow.id,
        version,
        organizationId: workflow.organizationId,
        steps: steps(random),
        changeNote: version === 1 ? null : "Fewer retries",
        createdBy: null,
        createdAt: workflow.createdAt,
      };
    }
  }
}

function* executions(context: SeedContext): Iterable<SeedRow> {
  const { random, refs, scale } = context;
  const workflowList = refs.all("workflows");
  const agentList = refs.all("agents");
  for (let index = 0; index < scale * EXECUTIONS; index++) {
    const organization = index % scale;
    const workflow = workflowList[organization * WORKFLOWS + (index % WORKFLOWS)];
    const agent = agentList[organization * AGENTS + (index % AGENTS)];
    const createdAt = createdAtMs(context, index);
    const status = random.weighted([
      ["succeeded", 80],
      ["failed", 10],
      ["cancelled", 3],
      ["running", 5],
      ["queued", 2],
    ]);
    const isFinished = status !== "running" && status !== "queued";
    const startedAt = createdAt + random.int(5, 5_000);
    yield {
      id: orderedUuid(createdAt, `execution:${index}`),
      organizationId: workflow?.organizationId,
      workflowId: workflow?.id,
      workflowVersion: random.int(1, 2),
      agentId: agent?.id,
      status,
      input: { question: `Case ${random.int(1, 1_000_000)}`, priority: random.int(1, 5) },
      output:
        status === "succeeded" ? { score: Number(random.decimal(0, 1, 3)), notes: person(random) } : null,
      error: status === "failed" ? random.pick(["timed out", "the model refused", "quota exceeded"]) : null,
      cost: random.decimal(0, 3, 4),
      tokens: random.int(100, 60_000),
      startedAt: status === "queued" ? null : new Date(startedAt),
      finishedAt: isFinished ? new Date(startedAt + random.int(50, 600_000)) : null,
      createdAt: new Date(createdAt),
    };
  }
}

function* executionEvents(context: SeedContext): Iterable<SeedRow> {
  const { random, refs, scale } = context;
  const agentList = refs.all("agents");
  for (let index = 0; index < scale * EXECUTIONS; index++) {
    const agent = agentList[(index % scale) * AGENTS + (index % AGENTS)];
    const createdAt = createdAtMs(context, index);
    for (let event = 0; event < EVENTS_PER_EXECUTION; event++) {
      const occurredAt = createdAt + 5_000 + event * 1_000;
      yield {
        id: orderedUuid(occurredAt, `event:${index}:${event}`),
        organizationId: agent?.organizationId,
        executionId: orderedUuid(createdAt, `execution:${index}`),
        agentId: agent?.id,
        model: agent?.model,
        eventType: random.pick(["model_call", "tool_call", "handover"]),
        latencyMs: random.int(3, 20_000),
        cost: random.decimal(0, 1, 4),
        tokens: random.int(0, 20_000),
        occurredAt: new Date(occurredAt),
      };
    }
  }
}

export default defineSeed({
  name: "reference",
  now: "2026-11-01T00:00:00Z",
  entities: {
    organizations: { keep: ["id", "slug"], rows: organizations },
    users: { rows: users },
    agents: { keep: ["id", "organizationId", "model"], rows: agents },
    workflows: { keep: ["id", "organizationId", "createdAt"], rows: workflows },
    workflow_versions: { rows: workflowVersions },
    executions: { rows: executions },
    execution_events: { rows: executionEvents },
  },
});
