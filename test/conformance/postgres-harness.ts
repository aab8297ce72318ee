import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import type { FieldType } from "../../src/encoding/types.ts";
import { readStack, stackDown, stackUp } from "../../src/stack/index.ts";
import { openPostgres } from "../../src/stores/postgres/index.ts";
import type { ProjectedField } from "../../src/stores/store.ts";
import { silentReporter } from "../../src/ui/reporter.ts";
import { engineUrl } from "../support/engines.ts";
import { engineFaults } from "./engine-harness.ts";
import type { Harness, Scripts } from "./harness.ts";

const quote = (name: string) => `"${name.replaceAll('"', '""')}"`;

function columnType(type: FieldType): string {
  if (type.kind === "decimal") return `numeric(${type.precision},${type.scale})`;
  if (type.kind === "array") return `${columnType(type.of)}[]`;
  const names = { int: "int8", float: "float8", timestamp: "timestamptz", bytes: "bytea", json: "jsonb" };
  return names[type.kind as "int"] ?? type.kind;
}

/** Keys of text get a collation of their own: their order must be bytewise all the same. */
function columnSql({ column, type }: ProjectedField, isRequired: boolean): string {
  const collation = type.kind === "text" ? ' COLLATE "und-x-icu"' : "";
  return `${quote(column)} ${columnType(type)}${collation}${isRequired ? " NOT NULL" : ""}`;
}

const scripts: Scripts = {
  extension: "sql",
  create: (name) => `CREATE TABLE ${quote(name)} (id int PRIMARY KEY)`,
  drop: (name) => `DROP TABLE ${quote(name)}`,
  fail: (word) => `SELECT '${word}'::int`,
  sleep: (seconds) => `SELECT pg_sleep(${seconds})`,
  separator: ";\n",
  invalid: { text: "SELECT 1;\n\nSELECT 'unfinished", line: 3 },
};

async function run(database: string, ...statements: readonly string[]): Promise<void> {
  const url = new URL(engineUrl("postgres") ?? "");
  if (database !== "") url.pathname = `/${database}`;
  const client = new Client({ connectionString: url.href });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

/** A server that asks for passwords: the shared one where its URL has one, otherwise one of our own. */
function passwordedServer() {
  let root: string | undefined;
  const options = {
    reporter: silentReporter,
    signal: new AbortController().signal,
    env: { PATH: process.env.PATH },
  };
  let port: Promise<number> | undefined;
  const start = async () => {
    const shared = new URL(engineUrl("postgres") ?? "");
    if (shared.password !== "") return Number(shared.port);
    root = mkdtempSync(join(tmpdir(), "dbctl-scram-"));
    await stackUp({ ...options, root, stores: ["postgres"] });
    return readStack(root)?.engines.postgres?.port ?? 0;
  };
  return {
    port: () => {
      port ??= start();
      return port;
    },
    async end() {
      if (root === undefined) return;
      await stackDown({ ...options, root, purge: true });
      rmSync(root, { recursive: true, force: true });
    },
  };
}

export function postgresHarness(): Harness {
  const passworded = passwordedServer();
  const faults = engineFaults("postgres", openPostgres, passworded.port);
  return {
    ...faults,
    name: "postgres",
    capabilities: {
      traits: { transactionalDdl: true, snapshotReads: true, visibilityDelayMs: 0, uniqueKeys: true },
      ordered: true,
      digest: true,
      exactScans: true,
      lock: true,
    },
    scripts,
    async createCollection({ namespace }, name, fields, keyLength, required) {
      const columns = fields.map((field) => columnSql(field, required.includes(field.column)));
      const key = fields.slice(0, keyLength).map(({ column }) => quote(column));
      await run(
        namespace,
        `CREATE TABLE ${quote(name)} (${columns.join(", ")}, PRIMARY KEY (${key.join(", ")}))`,
      );
    },
    expression: ({ postgres }) => postgres,
    async insertExpressions({ namespace }, name, fields, rows) {
      const columns = fields.map(({ column }) => quote(column)).join(", ");
      const values = rows.map((row) => `(${row.join(", ")})`).join(", ");
      await run(namespace, `INSERT INTO ${quote(name)} (${columns}) VALUES ${values}`);
    },
    holdsNull: () => true,
    holds: () => true,
    dropNamespace: (namespace) => run("", `DROP DATABASE IF EXISTS ${quote(namespace)} WITH (FORCE)`),
    async end() {
      await faults.end();
      await passworded.end();
    },
  };
}
