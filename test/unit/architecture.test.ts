import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { ERRORS, EXIT } from "../../src/errors.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const ADAPTERS = ["postgres", "clickhouse", "redis", "elasticsearch", "influxdb"];
/** What the tool does: knows no driver, no terminal, no command. */
const ENGINES = ["migrate", "seed", "verify", "sync", "backup", "bench", "health", "state"];
/** Started as processes of their own. */
const PROCESSES = ["src/stack/clickhouse/engine.ts", "src/stack/clickhouse/keeper.ts"];
const DRIVERS = /^(pg|pg-.*|@clickhouse\/.*|ioredis|@elastic\/.*|@influxdata\/.*)$/;
const TERMINAL = /^(chalk|ora|cli-table3|string-width|commander)$/;

interface Source {
  /** `src/cli/run.ts` */
  readonly path: string;
  /** `cli`, `stores/postgres`, or the file's own name at the top. */
  readonly area: string;
  readonly lines: number;
  readonly text: string;
  /** Files of ours, as `src/…`, also those imported for types or dynamically. */
  readonly imports: readonly string[];
  /** Packages, node's own left out. */
  readonly packages: readonly string[];
}

const IMPORT = /(?:\bfrom\s+|\bimport\s+|\bimport\(\s*|\brequire\(\s*)["'`]([^"'`]+)["'`]/g;

function read(path: string): Source {
  const text = readFileSync(join(root, path), "utf8");
  const names = [...text.matchAll(IMPORT)].map(([, name = ""]) => name);
  const [, area = "", sub = ""] = path.split("/");
  return {
    path,
    area: area === "stores" && ADAPTERS.includes(sub) ? `stores/${sub}` : area,
    lines: text.trimEnd().split("\n").length,
    text,
    imports: names.filter((name) => name.startsWith(".")).map((name) => join(dirname(path), name)),
    packages: names.filter((name) => !name.startsWith(".") && !name.startsWith("node:")),
  };
}

const sources = globSync("src/**/*.ts", { cwd: root }).map(read);
const inArea = (...areas: string[]) => sources.filter(({ area }) => areas.includes(area));

function violations(files: readonly Source[], isBad: (imported: string, file: Source) => boolean): string[] {
  return files.flatMap((file) =>
    [...file.imports, ...file.packages]
      .filter((imported) => isBad(imported, file))
      .map((imported) => `${file.path} imports ${imported}`),
  );
}

test("there is something to look at", () => {
  expect(sources.length).toBeGreaterThan(60);
  expect(sources.flatMap(({ imports }) => imports).length).toBeGreaterThan(200);
});

describe("dependencies point one way", () => {
  test("adapters know the interface, the encoding and their own folder", () => {
    const allowed = ["src/stores/store.ts", "src/errors.ts", "src/encoding/", "src/util/"];
    const found = violations(
      sources.filter(({ area }) => area.startsWith("stores/")),
      (imported, { area }) =>
        imported.startsWith("src/") &&
        ![...allowed, `src/${area}/`].some((path) => imported.startsWith(path)),
    );
    expect(found).toEqual([]);
  });

  test("only an adapter and the registry know an adapter", () => {
    const found = violations(
      sources.filter(({ area, path }) => !area.startsWith("stores/") && path !== "src/stores/index.ts"),
      (imported) => ADAPTERS.some((name) => imported.startsWith(`src/stores/${name}/`)),
    );
    expect(found).toEqual([]);
  });

  test("drivers are known to their adapters, and to the stack, which waits for an engine to answer", () => {
    const found = violations(
      sources.filter(({ area }) => !area.startsWith("stores/") && area !== "stack"),
      (imported) => DRIVERS.test(imported),
    );
    expect(found).toEqual([]);
  });

  test("the terminal's libraries are known to cli and ui", () => {
    const found = violations(
      sources.filter(({ area }) => area !== "cli" && area !== "cli.ts" && area !== "ui"),
      (imported) => TERMINAL.test(imported),
    );
    expect(found).toEqual([]);
  });

  test("what the tool does knows no command, no command line, and of the ui the reporter", () => {
    const found = violations(
      inArea(...ENGINES, "encoding", "util", "config"),
      (imported) =>
        /^src\/(cli|cli\.ts|commands|ui)(\/|$)/.test(imported) && imported !== "src/ui/reporter.ts",
    );
    expect(found).toEqual([]);
  });

  test("commands know no command line and of the ui the reporter", () => {
    const found = violations(
      inArea("commands"),
      (imported) => /^src\/(cli|cli\.ts|ui)(\/|$)/.test(imported) && imported !== "src/ui/reporter.ts",
    );
    expect(found).toEqual([]);
  });

  test("ui renders: of commands it knows their data, nothing that runs", () => {
    const runs = inArea("ui").flatMap(({ path, text }) =>
      [
        ...text.matchAll(
          /^import (?!type)[^;]*?from ["']([^"']*(?:commands|stores|migrate|verify|seed|stack)\/[^"']*)["']/gms,
        ),
      ]
        .filter(([statement]) => !/import \{\s*(type [^,}]+,?\s*)+\}/.test(statement))
        .map(([, imported]) => `${path} imports ${imported}`),
    );
    expect(runs).toEqual([]);
  });

  test("nothing but the entry imports the command line", () => {
    const found = violations(
      sources.filter(({ area }) => area !== "cli" && area !== "cli.ts"),
      (imported) => imported.startsWith("src/cli"),
    );
    expect(found).toEqual([]);
  });

  test("heavy packages load when they are used", () => {
    const heavy = /^(chalk|ora|cli-table3|umzug|pg|pg-copy-streams|@clickhouse\/client|valibot|zod)$/;
    const lightAreas = ["cli", "cli.ts", "commands", "errors.ts", "context.ts", "connect.ts"];
    const found = inArea(...lightAreas).flatMap(({ path, text }) =>
      [...text.matchAll(/^import (?!type)[^;]*?from ["']([^"']+)["']/gms)]
        .filter(([, name = ""]) => heavy.test(name))
        .map(([, name]) => `${path} imports ${name} at once`),
    );
    expect(found).toEqual([]);
  });
});

describe("style", () => {
  test("a file has at most 300 lines, the median under 80", () => {
    expect(sources.filter(({ lines }) => lines > 300).map(({ path, lines }) => `${path}: ${lines}`)).toEqual(
      [],
    );
    const sorted = sources.map(({ lines }) => lines).sort((a, b) => a - b);
    expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThan(80);
  });

  test("only the command line touches the process's streams, status and exit", () => {
    const found = sources
      .filter(({ area, path }) => area !== "cli" && area !== "cli.ts" && !PROCESSES.includes(path))
      .filter(({ text }) => /\bprocess\.(exitCode|exit\(|stdout|stderr)|\bconsole\./.test(text))
      .map(({ path }) => path);
    expect(found).toEqual([]);
    const setters = sources.filter(({ text }) => /\.exitCode = /.test(text)).map(({ path }) => path);
    expect(setters).toEqual(["src/cli.ts"]);
  });

  test("no file is called utils or helpers", () => {
    const names = sources
      .map(({ path }) => relative("src", path))
      .filter((path) => /\b(utils?|misc|common)\.ts$/.test(path));
    expect(names).toEqual([]);
  });
});

describe("errors", () => {
  const codes = Object.keys(ERRORS) as (keyof typeof ERRORS)[];

  test.each(codes)("%s has a hint, an exit status of the table, and is used", (code) => {
    expect(ERRORS[code].hint).not.toBe("");
    expect(Object.values(EXIT)).toContain(ERRORS[code].exit);
    const users = sources.filter(({ path, text }) => path !== "src/errors.ts" && text.includes(`"${code}"`));
    expect(users.map(({ path }) => path)).not.toEqual([]);
  });

  test("the README's table of exit statuses is the one of the code", () => {
    const readme = readFileSync(join(root, "README.md"), "utf8");
    const rows = [...readme.matchAll(/^\| *(\d+(?:, *\d+)*) *\|/gm)].flatMap(([, cell = ""]) =>
      cell.split(",").map(Number),
    );
    expect(rows.sort((a, b) => a - b)).toEqual(Object.values(EXIT).sort((a, b) => a - b));
  });
});
