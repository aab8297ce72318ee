import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DbctlError } from "../../../src/errors.ts";
import { isTransactionControl, locate, splitSql } from "../../../src/stores/postgres/split.ts";
import { canBeAtomic, catalogName, concurrentIndex } from "../../../src/stores/postgres/statement-kind.ts";

const texts = (text: string) => splitSql({ file: "f.sql", text }).map((statement) => statement.text);

/** What a script is refused with. */
function refusal(text: string): DbctlError {
  try {
    splitSql({ file: "f.sql", text });
  } catch (error) {
    return error as DbctlError;
  }
  throw new Error(`not refused: ${text}`);
}

describe("splitting SQL", () => {
  it.each<readonly [string, readonly string[]]>([
    ["", []],
    [";;  ;\n-- nothing\n/* at all */", []],
    ["SELECT 1", ["SELECT 1"]],
    ["SELECT 1; SELECT 2;", ["SELECT 1", "SELECT 2"]],
    [
      "-- head\nSELECT 1 -- tail\n; /* x; */ SELECT /* y; /* z; */ ; */ 2",
      ["SELECT 1", "SELECT /* y; /* z; */ ; */ 2"],
    ],
    ["SELECT ';', 'it''s;', \";\"\";\"; SELECT 2", ["SELECT ';', 'it''s;', \";\"\";\"", "SELECT 2"]],
    ["SELECT 'a\\'; SELECT 'b'", ["SELECT 'a\\'", "SELECT 'b'"]],
    ["SELECT E'a\\';b'; SELECT e'\\\\'; SELECT 3", ["SELECT E'a\\';b'", "SELECT e'\\\\'", "SELECT 3"]],
    ["SELECT E'a'\n  '\\';b'; SELECT 2", ["SELECT E'a'\n  '\\';b'", "SELECT 2"]],
    ["SELECT E'a' -- ' ;\n '\\';b'; SELECT 2", ["SELECT E'a' -- ' ;\n '\\';b'", "SELECT 2"]],
    [
      "SELECT name'x;y', U&'d\\0061;', B'1', n$a FROM t; SELECT 2",
      ["SELECT name'x;y', U&'d\\0061;', B'1', n$a FROM t", "SELECT 2"],
    ],
    ["DO $$ BEGIN; END $$; SELECT $a$;$$;$b$;$a$, $1", ["DO $$ BEGIN; END $$", "SELECT $a$;$$;$b$;$a$, $1"]],
    ["SELECT $ä$;$ä$; SELECT a$b$c; SELECT d$b$", ["SELECT $ä$;$ä$", "SELECT a$b$c", "SELECT d$b$"]],
    [
      "CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2); SELECT 3",
      ["CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2)", "SELECT 3"],
    ],
    [
      "CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END; SELECT 3",
      [
        "CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END",
        "SELECT 3",
      ],
    ],
    [
      'CREATE TABLE begin_atomic (begin int, "end" int); SELECT 1',
      ['CREATE TABLE begin_atomic (begin int, "end" int)', "SELECT 1"],
    ],
    [
      "SAVEPOINT a; ROLLBACK TO SAVEPOINT a; ROLLBACK WORK TO a; RELEASE a",
      ["SAVEPOINT a", "ROLLBACK TO SAVEPOINT a", "ROLLBACK WORK TO a", "RELEASE a"],
    ],
    ["\uFEFFSELECT 1;\r\nSELECT 2\r\n", ["SELECT 1", "SELECT 2"]],
    [
      "COPY t FROM '/tmp/x'; COPY (SELECT 1) TO PROGRAM 'cat'",
      ["COPY t FROM '/tmp/x'", "COPY (SELECT 1) TO PROGRAM 'cat'"],
    ],
  ])("%j", (text, expected) => {
    expect(texts(text)).toEqual(expected);
  });

  it("gives every statement its place", () => {
    const statements = splitSql({ file: "f", text: "-- 1\n  SELECT 1;SELECT 2;\n\n\tSELECT '\n'; SELECT 4" });
    expect(statements.map(({ line, column, offset }) => [line, column, offset])).toEqual([
      [2, 3, 7],
      [2, 12, 16],
      [4, 2, 28],
      [5, 4, 40],
    ]);
  });

  it.each<readonly [string, number, number, string]>([
    ["SELECT 1;\n  SELECT 'a;", 2, 10, "a string"],
    ["SELECT E'a\\'", 1, 8, "a string"],
    ['SELECT "a', 1, 8, "a quoted name"],
    ["SELECT $x$ $y$", 1, 8, "$x$"],
    ["SELECT 1; /* /* */", 1, 11, "a comment"],
    ["SELECT (1;\nSELECT 2", 1, 1, "a parenthesis"],
    ["SELECT 1;\nCREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1;", 2, 1, "BEGIN ATOMIC"],
    ["SELECT 1;\n\\i other.sql", 2, 1, "psql"],
    ["SELECT 1 \\gexec", 1, 10, "psql"],
    ["COPY t (a, b) FROM stdin;\n1\t2\n\\.", 1, 20, "COPY"],
    ["COPY t TO STDOUT", 1, 11, "COPY"],
    ["CREATE TABLE t ();\n BEGIN; COMMIT", 2, 2, "BEGIN"],
    ["COMMIT", 1, 1, "COMMIT"],
    ["START TRANSACTION", 1, 1, "START TRANSACTION"],
    ["ROLLBACK", 1, 1, "ROLLBACK"],
    ["SELECT 1;\n-- dbctl: no-transaction\nBEGIN", 3, 1, "BEGIN"],
  ])("refuses %j at %i:%i", (text, line, column, what) => {
    const error = refusal(text);
    expect(error).toMatchObject({ code: "MIGRATION_INVALID", data: { file: "f.sql", line, column } });
    expect(error.message).toContain(`f.sql:${line}:${column} `);
    expect(error.message).toContain(what);
  });

  it("lets a step without a transaction have its own", () => {
    expect(texts("-- dbctl: lock-timeout=1s, no-transaction\nBEGIN; SELECT 1; COMMIT")).toEqual([
      "BEGIN",
      "SELECT 1",
      "COMMIT",
    ]);
  });

  it("any statements that are put together come apart again, at their places", () => {
    const piece = fc.oneof(
      fc.constantFrom("a", "1", "(", ")", "CASE", "END", ",", "$1", "+", "E", "x$y$z", "ä", "::"),
      // Without backslashes: behind E'…' and a newline it is that string's continuation, in which they escape.
      fc.string({ maxLength: 6 }).map((text) => `'${text.replaceAll("\\", "").replaceAll("'", "''")}'`),
      fc.string({ maxLength: 6 }).map((text) => `"${text.replaceAll('"', '""')}"`),
      fc.string({ maxLength: 6 }).map((text) => `E'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`),
      fc
        .string({ maxLength: 6 })
        .filter((text) => !text.includes("$"))
        .map((text) => `$t$${text}$t$`),
      fc.string({ maxLength: 6 }).map((text) => `/*${text.replaceAll(/[*/]/g, "")}/*;'*/*/`),
      fc.string({ maxLength: 6 }).map((text) => `--${text.replaceAll(/[\r\n]/g, "")};'\n`),
    );
    const statement = fc.array(piece, { maxLength: 8 }).map((pieces) => {
      const open = pieces.reduce(
        (depth, one) => (one === "(" ? depth + 1 : one === ")" ? Math.max(0, depth - 1) : depth),
        0,
      );
      return ["SELECT", ...pieces, ...Array(open).fill(")"), "1"].join(" ");
    });
    const gap = fc.constantFrom("", " ", "\n", "\r\n\t", " -- ; '\n", "/* ;' */");
    fc.assert(
      fc.property(fc.array(fc.tuple(gap, statement, gap)), (parts) => {
        const text = parts.map((part) => `${part.join("")};`).join("");
        const found = splitSql({ file: "f", text });
        expect(found.map((one) => one.text)).toEqual(parts.map(([, one]) => one));
        for (const one of found) {
          expect(text.slice(one.offset).startsWith(one.text)).toBe(true);
          expect(locate(text, one.offset)).toEqual({ line: one.line, column: one.column });
        }
      }),
      { numRuns: 300 },
    );
  });

  it("a large script takes no time that grows with its square", () => {
    const text = "INSERT INTO t VALUES (1, 'x');\n".repeat(30_000);
    const startedMs = performance.now();
    expect(splitSql({ file: "f", text })).toHaveLength(30_000);
    expect(performance.now() - startedMs).toBeLessThan(5_000);
  });
});

describe("kinds of statements", () => {
  const only = (text: string) =>
    splitSql({ file: "f", text: `-- dbctl: no-transaction\n${text}` })[0] ?? {
      text: "",
      words: [],
      offset: 0,
      line: 1,
      column: 1,
    };

  it.each([
    ["CREATE TABLE t (id int)", true],
    ["ALTER TYPE t ADD VALUE 'x'", true],
    ["WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x", true],
    ["REFRESH MATERIALIZED VIEW CONCURRENTLY v", true],
    ["CREATE UNIQUE INDEX CONCURRENTLY i ON t (id)", false],
    ["ALTER TABLE p DETACH PARTITION c CONCURRENTLY", false],
    ["DROP INDEX CONCURRENTLY i", false],
    ["CREATE DATABASE d", false],
    ["ALTER SYSTEM SET x = 1", false],
    ["VACUUM t", false],
    ["DO $$ BEGIN COMMIT; END $$", false],
    ["CALL p()", false],
    ["SET x = 1", false],
  ])("%s can be atomic: %s", (text, expected) => {
    expect(canBeAtomic(only(text))).toBe(expected);
  });

  it.each([
    ["create index concurrently foo on t (id)", { action: "create", index: "foo", table: "t" }],
    [
      'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "A ""x" ON ONLY s."T" USING btree (id)',
      { action: "create", index: '"A ""x"', table: 's."T"' },
    ],
    ["CREATE INDEX CONCURRENTLY ON t (id)", null],
    ["DROP INDEX CONCURRENTLY IF EXISTS s.i", { action: "drop", index: "s.i" }],
    ["CREATE INDEX i ON t (id)", null],
  ])("%s", (text, expected) => {
    expect(concurrentIndex(only(text))).toEqual(expected);
  });

  it("names and transaction control", () => {
    expect([catalogName("Foo"), catalogName('"A ""x"')]).toEqual(["foo", 'A "x']);
    expect(isTransactionControl(["PREPARE", "TRANSACTION"])).toBe(true);
    expect(isTransactionControl(["PREPARE", "P"])).toBe(false);
  });
});
