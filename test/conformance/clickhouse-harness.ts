import { INT64_MAX } from "../../src/encoding/civil.ts";
import type { FieldType } from "../../src/encoding/types.ts";
import { openClickhouse } from "../../src/stores/clickhouse/index.ts";
import { engineOptions, engineUrl } from "../support/engines.ts";
import { engineFaults } from "./engine-harness.ts";
import type { Harness, Scripts } from "./harness.ts";

const quote = (name: string) => `\`${name.replaceAll("\\", "\\\\").replaceAll("`", "\\`")}\``;

function columnType(type: FieldType, canBeNull: boolean): string {
  if (type.kind === "array") return `Array(${columnType(type.of, true)})`;
  const names = {
    int: "Int64",
    float: "Float64",
    bool: "Bool",
    text: "String",
    uuid: "UUID",
    timestamp: "DateTime64(6, 'UTC')",
    date: "Date32",
    bytes: "String",
    json: "String",
  };
  const name = type.kind === "decimal" ? `Decimal(${type.precision}, ${type.scale})` : names[type.kind];
  return canBeNull ? `Nullable(${name})` : name;
}

const scripts: Scripts = {
  extension: "sql",
  create: (name) => `CREATE TABLE ${quote(name)} (id Int64) ENGINE = MergeTree ORDER BY id`,
  drop: (name) => `DROP TABLE ${quote(name)}`,
  fail: (word) => `SELECT throwIf(1, '${word}')`,
  sleep: (seconds) =>
    `SELECT sleepEachRow(1) FROM numbers(${seconds}) SETTINGS max_block_size = 1, function_sleep_max_microseconds_per_block = 0`,
  separator: ";\n",
  invalid: { text: "SELECT 1;\n\nSELECT 'unfinished", line: 3 },
};

async function run(statement: string): Promise<void> {
  const url = new URL(engineUrl("clickhouse") ?? "");
  const headers = {
    "X-ClickHouse-User": url.username || "default",
    "X-ClickHouse-Key": decodeURIComponent(url.password),
  };
  const response = await fetch(`${url.origin}/?wait_end_of_query=1`, {
    method: "POST",
    headers,
    body: statement,
  });
  if (!response.ok) throw new Error(await response.text());
  await response.arrayBuffer();
}

/** Unix time in µs must fit 64 bits, which the last 30 years before 294277 do not; infinity is kept apart. */
const LAST_US = INT64_MAX - 946_684_800_000_000n;

export function clickhouseHarness(): Harness {
  return {
    // Any server refuses a wrong password, also of a user that needs none.
    ...engineFaults(
      "clickhouse",
      openClickhouse,
      async () => engineOptions("clickhouse", "x").connection.port,
    ),
    name: "clickhouse",
    capabilities: {
      traits: { transactionalDdl: false, snapshotReads: false, visibilityDelayMs: 0, uniqueKeys: false },
      ordered: true,
      digest: true,
      exactScans: true,
      lock: false,
    },
    scripts,
    async createCollection({ namespace }, name, fields, keyLength, required) {
      const columns = fields.map(({ column, type }, index) => {
        const canBeNull = index >= keyLength && !required.includes(column);
        return `${quote(column)} ${columnType(type, canBeNull)}`;
      });
      const key = fields.slice(0, keyLength).map(({ column }) => quote(column));
      await run(
        `CREATE TABLE ${quote(namespace)}.${quote(name)} (${columns.join(", ")}) ENGINE = MergeTree ORDER BY (${key.join(", ")})`,
      );
    },
    expression: ({ clickhouse }) => clickhouse,
    async insertExpressions({ namespace }, name, fields, rows) {
      const columns = fields.map(({ column }) => quote(column)).join(", ");
      const values = rows.map((row) => `(${row.join(", ")})`).join(", ");
      await run(`INSERT INTO ${quote(namespace)}.${quote(name)} (${columns}) VALUES ${values}`);
    },
    holdsNull: (type) => type.kind !== "array",
    holds(type, field) {
      if (field === null || type.kind !== "timestamp") return true;
      const us = Buffer.from(field).readBigInt64BE();
      return us <= LAST_US || us === INT64_MAX;
    },
    dropNamespace: (namespace) => run(`DROP DATABASE IF EXISTS ${quote(namespace)} SYNC`),
  };
}
