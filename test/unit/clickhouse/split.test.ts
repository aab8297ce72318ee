import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DbctlError } from "../../../src/errors.ts";
import { splitScript } from "../../../src/stores/clickhouse/split.ts";

const split = (text: string) => splitScript({ file: "m/clickhouse.up.sql", text });
const texts = (text: string) => split(text).map((statement) => statement.text);

function fault(text: string): DbctlError {
  try {
    split(text);
  } catch (error) {
    if (error instanceof DbctlError) return error;
  }
  throw new Error(`nothing is wrong with ${text}`);
}

describe("statements", () => {
  test.each([
    ["nothing", "", []],
    ["comments alone", "-- a\n# b\n#!c\n// d\n/* e; /* nested; */ f; */ ; ;", []],
    ["the last one needs no semicolon", "SELECT 1; SELECT 2", ["SELECT 1", "SELECT 2"]],
    ["comments around are left out, inside kept", "-- x\nSELECT /* ; */ 1 -- ;\n;", ["SELECT /* ; */ 1"]],
    ["a comment needs its space behind #", "SELECT 1 #;x\n", ["SELECT 1 #", "x"]],
    [
      "quotes",
      `SELECT 'a;''b\\';c', ";", \`;\\\`;\`;SELECT 2`,
      [`SELECT 'a;''b\\';c', ";", \`;\\\`;\``, "SELECT 2"],
    ],
    ["typographic quotes", "SELECT ‘a;b’; SELECT “c;d”", ["SELECT ‘a;b’", "SELECT “c;d”"]],
    ["heredocs", "SELECT $$a;b$$; SELECT $t$;$$;$t$", ["SELECT $$a;b$$", "SELECT $t$;$$;$t$"]],
    ["a dollar within a word is none", "SELECT a$b; SELECT c$b", ["SELECT a$b", "SELECT c$b"]],
    ["values", "INSERT INTO t VALUES (1, ';'), (2, '');", ["INSERT INTO t VALUES (1, ';'), (2, '')"]],
    [
      "an INSERT … SELECT may name a format",
      "INSERT INTO t SELECT format FROM u;",
      ["INSERT INTO t SELECT format FROM u"],
    ],
    [
      "a column called format",
      "INSERT INTO t (format, x) SELECT 1, 2",
      ["INSERT INTO t (format, x) SELECT 1, 2"],
    ],
  ])("%s", (_, text, expected) => {
    expect(texts(text)).toEqual(expected);
  });

  test("have their place", () => {
    const places = split("-- head\n\n  SELECT 1;SELECT\n2;\n\tDROP TABLE é;").map(({ line, column }) => [
      line,
      column,
    ]);
    expect(places).toEqual([
      [3, 3],
      [3, 12],
      [5, 2],
    ]);
  });

  test("joined and split again are the same, whatever stands between", () => {
    const statement = fc
      .array(
        fc.constantFrom(
          "SELECT",
          "x",
          "1.5e3",
          "(",
          ")",
          ",",
          "'a;\\'b'",
          "';'';'",
          '"q;"',
          "`;`",
          "$h$;$h$",
          "=",
          "é",
        ),
        { minLength: 1, maxLength: 12 },
      )
      .map((parts) => ["SELECT", ...parts].join(" "));
    const gap = fc.constantFrom(";", ";\n", " ; -- c;\n", ";/* ; /* */ */", ";;\n# x;\n", "\n;\n// y;\n");
    fc.assert(
      fc.property(fc.array(fc.tuple(statement, gap), { maxLength: 6 }), (list) => {
        const script = list.map((pair) => pair.join("")).join("");
        expect(texts(script)).toEqual(list.map(([text]) => text));
        for (const { text, line, column } of split(script)) {
          const rows = script.split("\n");
          expect(
            [...rows.slice(line - 1)]
              .join("\n")
              .slice(column - 1)
              .startsWith(text),
          ).toBe(true);
        }
      }),
    );
  });
});

describe("what can't be run from a file names its place", () => {
  test.each([
    ["an open quote", "SELECT 1;\n SELECT 'a;\n", 2, 9],
    ["an open comment", "SELECT 1; /* a /* b */", 1, 11],
    ["an open identifier", "SELECT `a", 1, 8],
    ["inline data", "SELECT 1;\nINSERT INTO t FORMAT CSV\n1;2\n", 2, 1],
    ["files of the client", "INSERT INTO t FROM INFILE 'x' FORMAT CSV", 1, 1],
    ["settings of a session", "/* c */ set max_threads = 1", 1, 9],
    ["another database", "use other", 1, 1],
    ["transactions", "BEGIN TRANSACTION", 1, 1],
  ])("%s", (_, text, line, column) => {
    expect(fault(text)).toMatchObject({
      code: "MIGRATION_INVALID",
      data: { file: "m/clickhouse.up.sql", line, column },
    });
  });
});
