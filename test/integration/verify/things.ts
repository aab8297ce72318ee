import { run as sync } from "../../../src/commands/sync.ts";
import {
  type VerifyData,
  type VerifyOptions,
  run as verify,
} from "../../../src/commands/verify-consistency.ts";
import { type CopyOptions, clickhouse, entity, postgres } from "../../../src/config/entity.ts";
import type { Report } from "../../../src/context.ts";
import { t } from "../../../src/encoding/types.ts";
import { type EngineProject, engineProject } from "../migrate/project.ts";

/** One field of every type, under a key of text and number. */
const FIELDS = {
  region: t.text(),
  id: t.int(),
  note: t.text(),
  doc: t.json(),
  amount: t.decimal(18, 4),
  ratio: t.float(),
  at: t.timestamp(),
  day: t.date(),
  flag: t.bool(),
  uid: t.uuid(),
  tags: t.array(t.text()),
};

const POSTGRES_TABLE = `CREATE TABLE things (
  region text, id bigint, note text, doc jsonb, amount numeric(18, 4), ratio double precision, at timestamptz,
  day date, flag boolean, uid uuid, tags text[], PRIMARY KEY (region, id))`;

/** Columns of the copy; its key columns are no Nullable. */
const CLICKHOUSE_COLUMNS: Readonly<Record<string, string>> = {
  region: "String",
  id: "Int64",
  note: "Nullable(String)",
  doc: "Nullable(String)",
  amount: "Nullable(Decimal(18, 4))",
  ratio: "Nullable(Float64)",
  at: "Nullable(DateTime64(6, 'UTC'))",
  day: "Nullable(Date32)",
  flag: "Nullable(Bool)",
  uid: "Nullable(UUID)",
  tags: "Array(String)",
};

export interface Things extends AsyncDisposable {
  readonly project: EngineProject;
  /** Rows `from` to `to`, both included, into PostgreSQL. */
  fill(from: number, to: number): Promise<void>;
  sync(): Promise<void>;
  verify(options?: Partial<VerifyOptions>): Promise<Report<VerifyData>>;
}

const OPTIONS: VerifyOptions = {
  repair: false,
  deleteExtra: false,
  dryRun: false,
  limit: 10_000,
  lagMs: 0,
};

/** The table in both stores, empty; ClickHouse's takes a key several times. */
export async function openThings(purpose: string, copy: CopyOptions = {}): Promise<Things> {
  const things = entity("things", {
    key: ["region", "id"],
    fields: FIELDS,
    source: postgres("things"),
    copies: [clickhouse("things", copy)],
  });
  const project = engineProject(purpose, { entities: [things] });
  const names = Object.keys(CLICKHOUSE_COLUMNS).filter(
    (name) => copy.fields === undefined || [...things.key, ...copy.fields].includes(name),
  );
  try {
    await createNamespaces(project);
    await project.postgres(POSTGRES_TABLE);
    const columns = names.map((name) => `${name} ${CLICKHOUSE_COLUMNS[name]}`).join(", ");
    await project.clickhouse(`CREATE TABLE things (${columns}) ENGINE = MergeTree ORDER BY (region, id)`);
  } catch (error) {
    await project[Symbol.asyncDispose]();
    throw error;
  }
  return {
    project,
    fill: (from, to) => fill(project, from, to),
    sync: async () => {
      const { exitStatus, warnings } = await project.call(sync, { dryRun: false });
      if (exitStatus !== 0) throw new Error(JSON.stringify(warnings));
    },
    verify: (options = {}) => project.call(verify, { ...OPTIONS, ...options }),
    [Symbol.asyncDispose]: () => project[Symbol.asyncDispose](),
  };
}

async function createNamespaces(project: EngineProject): Promise<void> {
  await project.call(async ({ stores, signal }) => {
    for (const name of stores.names) await (await stores.get(name)).ensureNamespace(signal);
    return { exitStatus: 0, data: null, warnings: [] };
  }, {});
}

async function fill(project: EngineProject, from: number, to: number): Promise<void> {
  await project.postgres(`INSERT INTO things SELECT
    'r' || lpad((i / 1000)::text, 3, '0'), i,
    CASE i % 5 WHEN 0 THEN NULL WHEN 1 THEN '' ELSE 'Größe ' || i END,
    jsonb_build_object('n', i, 'price', (i || '.50')::numeric),
    i + 0.25, 0.3 * i, timestamptz '2026-01-01 00:00:00.000001Z' + i * interval '1 second 1 microsecond',
    date '2026-01-01' + (i % 1000)::int, i % 2 = 0, md5(i::text)::uuid, ARRAY['tag', i::text]
    FROM generate_series(${from}, ${to}) AS i`);
}
