import { describe, expect, test } from "vitest";
import { globalOptions } from "../../../src/cli/globals.ts";
import { parse } from "../../../src/cli/program.ts";
import { COMMANDS, GROUPS, HELP_ORDER } from "../../../src/cli/table.ts";
import { DbctlError } from "../../../src/errors.ts";

const options = { version: "1.2.3", width: 80 };

function textOf(...argv: string[]): string {
  const parsed = parse(argv, options);
  if (parsed.kind !== "text") throw new Error(`${argv.join(" ")} is no text`);
  return parsed.text;
}

function commandOf(...argv: string[]) {
  const parsed = parse(argv, options);
  if (parsed.kind !== "command") throw new Error(`${argv.join(" ")} is no command`);
  return parsed;
}

function usageErrorOf(...argv: string[]): { message: string; hint: string } {
  try {
    parse(argv, options);
  } catch (error) {
    if (error instanceof DbctlError && error.code === "USAGE") return error;
    throw error;
  }
  throw new Error(`${argv.join(" ")} is fine`);
}

const pages = ["", ...Object.keys(GROUPS), ...COMMANDS.map(({ path }) => path)];

describe.each(pages)("dbctl %s --help", (path) => {
  const words = path === "" ? [] : path.split(" ");
  const text = textOf(...words, "--help");

  test("looks as agreed", async () => {
    const name = path === "" ? "dbctl" : path.replaceAll(" ", "-");
    await expect(text).toMatchFileSnapshot(`../../golden/help/${name}.txt`);
  });

  test("fits 80 columns", () => {
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  test("has two examples, each a command line that parses", () => {
    const examples = text.split("\n").filter((line) => line.startsWith("  dbctl "));
    expect(examples.length).toBeGreaterThanOrEqual(2);
    for (const example of examples) {
      const [, ...argv] = example
        .replace(/ +# .*$/, "")
        .trim()
        .split(" ");
      const { spec } = commandOf(...argv);
      expect(spec.path).toMatch(new RegExp(`^${path}`));
    }
  });

  test("is what help prints for it", () => {
    expect(textOf("help", ...words)).toBe(text);
  });
});

test("every command is listed in the help of dbctl or of its group", () => {
  const first = new Set(COMMANDS.map(({ path }) => path.split(" ")[0] ?? ""));
  expect([...HELP_ORDER].sort()).toEqual([...first].sort());
});

test("no command's argument or flag hides a global flag", () => {
  const globals = globalOptions().map((option) => option.attributeName());
  for (const spec of COMMANDS) {
    const own = [
      ...(spec.arguments?.() ?? []).map((argument) => argument.name()),
      ...(spec.options?.() ?? []).map((option) => option.attributeName()),
    ];
    expect(own.filter((name) => globals.includes(name))).toEqual([]);
  }
});

test("commands of later issues are absent", () => {
  for (const later of ["backup", "restore", "bench", "watch", "serve", "maintain"]) {
    expect(usageErrorOf(later).message).toBe(`unknown command '${later}'`);
  }
});

test.each([
  [["stauts"], "unknown command 'stauts'", "did you mean status? otherwise run dbctl --help"],
  [
    ["migrate", "stauts"],
    "unknown command 'stauts'",
    "did you mean status? otherwise run dbctl migrate --help",
  ],
  [["seed", "clena"], "unknown command 'clena'", "did you mean clean? otherwise run dbctl seed --help"],
  [["stauts", "--help"], "unknown command 'stauts'", "did you mean status? otherwise run dbctl --help"],
  [["help", "stauts"], "unknown command 'stauts'", "did you mean status? otherwise run dbctl --help"],
  [
    ["migrate", "up", "--dryrun"],
    "unknown option '--dryrun'",
    "did you mean --dry-run? otherwise run dbctl migrate up --help",
  ],
  [["status", "--jsn"], "unknown option '--jsn'", "did you mean --json? otherwise run dbctl status --help"],
  [
    ["seed", "--scal", "3"],
    "unknown option '--scal'",
    "did you mean --scale? otherwise run dbctl seed --help",
  ],
  [[], "no command was named", "run dbctl --help"],
  [["migrate"], "dbctl migrate needs a subcommand: up, down, status, create", "run dbctl migrate --help"],
  [["migrate", "create"], "missing required argument 'name'", "run dbctl migrate create --help"],
  [
    ["status", "extra"],
    "too many arguments for 'status'. Expected 0 arguments but got 1: extra.",
    "run dbctl status --help",
  ],
  [
    ["status", "--json", "--events"],
    "option '--events' cannot be used with option '--json'",
    "run dbctl status --help",
  ],
])("dbctl %j is refused with a suggestion", (argv, message, hint) => {
  expect(usageErrorOf(...argv)).toMatchObject({ message, hint });
});

test.each([
  ["migrate down -s 0", /at least 1/],
  ["migrate down -s 1.5", /at least 1/],
  ["migrate up --lock-wait soon", /500ms/],
  ["seed --scale 0", /above 0/],
  ["seed --random-seed -1", /at least 0/],
  ["sync --entities a,,b", /commas/],
  ["status --store postgress", /choose from postgres, clickhouse/],
  ["status --fail-on info", /warning, critical/],
  ["stack logs redis", /postgres, clickhouse/],
])("dbctl %s says what a value must be", (line, message) => {
  expect(usageErrorOf(...line.split(" ")).message).toMatch(message);
});

describe("flags", () => {
  test("global flags count before and after the command", () => {
    const before = commandOf("--json", "--env", "staging", "--skip-clickhouse", "migrate", "up").globals;
    const after = commandOf("migrate", "up", "--json", "--env", "staging", "--skip-clickhouse").globals;
    expect(before).toEqual(after);
    expect(before).toMatchObject({ mode: "json", environment: "staging", skip: ["clickhouse"] });
  });

  test("--store takes commas and repetition, in the order of the stores", () => {
    expect(commandOf("status", "--store", "clickhouse,postgres").globals.only).toEqual([
      "postgres",
      "clickhouse",
    ]);
    expect(commandOf("status", "--store", "clickhouse", "--store", "postgres").globals.only).toEqual([
      "postgres",
      "clickhouse",
    ]);
    expect(commandOf("status").globals.only).toBeNull();
  });

  test("--no-input and --no-color switch off what is on by default", () => {
    expect(commandOf("reset").globals).toMatchObject({ input: true, color: true, mode: "human" });
    expect(commandOf("reset", "--no-input", "--no-color").globals).toMatchObject({
      input: false,
      color: false,
    });
  });

  test("bare seed is seed run, with its flags", () => {
    const { spec, values } = commandOf("seed", "--scale", "2.5", "--entities", "users, agents");
    expect(spec.path).toBe("seed run");
    expect(values.number("scale")).toBe(2.5);
    expect(values.list("entities")).toEqual(["users", "agents"]);
  });

  test("durations become milliseconds, with a default", () => {
    expect(commandOf("migrate", "up", "--lock-wait", "1.5m").values.number("lockWait")).toBe(90_000);
    expect(commandOf("migrate", "up").values.number("lockWait")).toBe(600_000);
  });
});

test("the version", () => {
  expect(textOf("--version")).toBe("1.2.3\n");
});
