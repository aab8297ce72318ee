import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DbctlError } from "../../../src/errors.ts";
import { readMigrations } from "../../../src/migrate/files.ts";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "dbctl-files-"));
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(files: Record<string, string | Uint8Array>): void {
  for (const [path, content] of Object.entries(files)) {
    const file = join(root, "migrations", path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
}

const read = () => readMigrations(join(root, "migrations"), root);

function readError(): DbctlError {
  try {
    read();
  } catch (error) {
    if (error instanceof DbctlError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("readMigrations", () => {
  it("orders versions by number and stores by system of record", () => {
    write({
      "0010_c/postgres.up.sql": "c",
      "2_b/clickhouse.up.sql": "b",
      "2_b/postgres.up.sql": "b",
      "0001_a/redis.up.redis": "a",
      "0001_a/postgres.up.sql": "a",
      "0001_a/postgres.down.sql": "undo a",
      "0001_a/elasticsearch.up.http": "a",
      "0001_a/README.md": "why",
      ".git/x": "",
      "dbctl.sum": "",
    });
    expect(read().map(({ version, name, store }) => `${version} ${name} ${store}`)).toEqual([
      "0001 a postgres",
      "0001 a redis",
      "0001 a elasticsearch",
      "2 b postgres",
      "2 b clickhouse",
      "0010 c postgres",
    ]);
    expect(read()[0]).toMatchObject({
      up: { file: "migrations/0001_a/postgres.up.sql", path: "0001_a/postgres.up.sql", text: "a" },
      down: { text: "undo a" },
    });
  });

  it("holds nothing when there is no folder", () => {
    expect(read()).toEqual([]);
  });

  it("names every fault at once", () => {
    write({
      "0001_a/postgres.up.sql": "-- dbctl: no-transactions\nSELECT 1",
      "0001_a/postgress.up.sql": "",
      "0001_a/clickhouse.down.sql": "",
      "0001_a/redis.up.sql": "",
      "0001_a/notes.txt": "",
      "001_b/postgres.up.sql": "",
      "third/postgres.up.sql": "",
      "0004_d/.keep": "",
      "0005_e/postgres.up.sql": Uint8Array.of(0x53, 0xff),
      "0006_f/more/postgres.up.sql": "",
      "postgres.up.sql": "",
    });
    const error = readError();
    expect(error.code).toBe("MIGRATION_INVALID");
    const lines = error.message
      .split("\n")
      .slice(1)
      .map((line) => line.trim());
    expect(lines.toSorted()).toEqual(
      [
        "migrations/0001_a/clickhouse.down.sql has no up script beside it",
        "migrations/0001_a/notes.txt is no migration script: those are named <store>.up.<extension> and <store>.down.<extension>",
        'migrations/0001_a/postgres.up.sql:1 unknown directive "no-transactions": there are no-transaction, lock-timeout=…, statement-timeout=…',
        "migrations/0001_a/postgress.up.sql names no store: there are postgres, redis, elasticsearch, clickhouse, influxdb",
        "migrations/0001_a/redis.up.sql should be named redis.up.redis",
        "migrations/0004_d holds no migration script",
        "migrations/0005_e/postgres.up.sql is not UTF-8",
        "migrations/0005_e holds no migration script",
        "migrations/0006_f holds no migration script",
        "migrations/0006_f/more is a folder: a version holds files only",
        "migrations/001_b has the version of 0001_a",
        "migrations/postgres.up.sql belongs in a folder <version>_<name>/",
        "migrations/third is no version: folders are named <digits>_<name>, such as 0003_executions",
      ].toSorted(),
    );
  });

  it("reads the same text from a checkout with CRLF and a byte order mark", () => {
    write({ "0001_a/postgres.up.sql": "SELECT 1;\n-- é\nSELECT 2;\n" });
    const [unix] = read();
    write({ "0001_a/postgres.up.sql": "\ufeffSELECT 1;\r\n-- é\r\nSELECT 2;\r\n" });
    const [windows] = read();
    expect(windows?.up).toEqual(unix?.up);
  });

  it("tells a newline that turns a statement into a comment", () => {
    write({ "0001_a/postgres.up.sql": "-- note\nDROP TABLE x;" });
    const [before] = read();
    write({ "0001_a/postgres.up.sql": "-- note DROP TABLE x;" });
    expect(read()[0]?.up.checksum).not.toBe(before?.up.checksum);
  });
});
