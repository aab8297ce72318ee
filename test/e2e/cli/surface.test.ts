import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, test } from "vitest";
import { COMMANDS } from "../../../src/cli/table.ts";
import { binary, cleanEnv, dbctl } from "./dbctl.ts";

const folder = mkdtempSync(join(tmpdir(), "dbctl-cli-"));
afterAll(() => rmSync(folder, { recursive: true }));
const here = { cwd: folder };

describe("help and version", () => {
  test("are on stdout, with status 0", async () => {
    for (const args of [["--help"], ["help"], ["-h"], ["help", "migrate", "up"], ["--version"], ["-V"]]) {
      expect(await dbctl(args, here)).toMatchObject({ status: 0, stderr: "" });
    }
  });

  test("what the build keeps is what the program prints", async () => {
    const [kept, printed] = await Promise.all([
      dbctl(["--help"], here),
      dbctl(["--no-color", "--help"], here),
    ]);
    expect(kept.stdout).toBe(printed.stdout);
    const versions = await Promise.all([dbctl(["--version"], here), dbctl(["--quiet", "--version"], here)]);
    expect(versions[0]?.stdout).toBe(versions[1]?.stdout);
  });

  test("an old Node is told what to do, with status 2", async () => {
    const disguise =
      'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.1.0" } })';
    const run = promisify(execFile)(process.execPath, [
      "--import",
      `data:text/javascript,${disguise}`,
      binary,
      "status",
    ]);
    await expect(run).rejects.toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringMatching(/^error: dbctl needs Node.js 22.18 or newer.*\n {2}fix: .*node@24/),
    });
  });
});

describe("usage errors", () => {
  test("are on stderr, with what was meant and status 2", async () => {
    expect(await dbctl(["migrate", "stauts"], here)).toEqual({
      status: 2,
      stdout: "",
      stderr:
        "error: unknown command 'stauts'\n  fix: did you mean status? otherwise run dbctl migrate --help\n",
    });
  });

  test("are one document with --json", async () => {
    const { status, stdout, stderr } = await dbctl(["migrate", "up", "--dryrun", "--json"], here);
    expect({ status, stderr }).toEqual({ status: 2, stderr: "" });
    expect(JSON.parse(stdout)).toEqual({
      schemaVersion: 1,
      command: "migrate up",
      exitCode: 2,
      data: null,
      error: {
        code: "USAGE",
        message: "unknown option '--dryrun'",
        hint: "did you mean --dry-run? otherwise run dbctl migrate up --help",
        store: null,
        data: null,
      },
      warnings: [],
    });
  });

  test("are the one result with --events", async () => {
    const { status, stdout } = await dbctl(["stats", "--events"], here);
    expect(status).toBe(2);
    expect(stdout.trimEnd().split("\n")).toHaveLength(1);
    expect(JSON.parse(stdout)).toMatchObject({ type: "result", exitCode: 2, error: { code: "USAGE" } });
  });
});

describe("without a configuration", () => {
  const arguments_: Record<string, string[]> = { "migrate create": ["name"], "stack logs": ["postgres"] };
  const lines = COMMANDS.filter((spec) => !("text" in spec)).map(({ path }) => [
    ...path.split(" "),
    ...(arguments_[path] ?? []),
  ]);

  test.each(lines.map((line) => [line.join(" "), line] as const))(
    "dbctl %s ends with 2, alike for humans, as a document and as events",
    async (_name, line) => {
      const [human, json, events] = await Promise.all([
        dbctl(line, here),
        dbctl([...line, "--json"], here),
        dbctl([...line, "--events"], here),
      ]);
      expect([human.status, json.status, events.status]).toEqual([2, 2, 2]);
      expect(human.stdout).toBe("");
      expect(human.stderr).toMatch(/error: there is no dbctl\.config\.ts in .*\n {2}fix: /);
      expect(JSON.parse(json.stdout)).toMatchObject({
        exitCode: 2,
        error: { code: "CONFIG_NOT_FOUND" },
        data: null,
      });
      expect(json.stderr).toBe("");
      const last = events.stdout.trimEnd().split("\n").at(-1) ?? "";
      expect(JSON.parse(last)).toMatchObject({ type: "result", exitCode: 2 });
    },
  );
});

test("a broken configuration lists every fault, aligned", async () => {
  const cwd = mkdtempSync(join(folder, "broken-"));
  writeFileSync(join(cwd, "dbctl.config.json"), '{ "name": 5, "stores": { "postgres": { "uri": "x" } } }');
  const { status, stderr } = await dbctl(["migrate", "status"], { cwd });
  expect(status).toBe(2);
  expect(stderr.split("\n")[0]).toMatch(/^error: the configuration has 2 faults/);
  const rows = stderr.split("\n").filter((line) => line.startsWith("  dbctl.config.json"));
  expect(rows).toHaveLength(2);
});

describe("streams", () => {
  test("a reader that goes away is no error", async () => {
    const line = `'${process.execPath}' '${binary}' completion bash | head -n 1; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = await promisify(execFile)("bash", ["-c", line], {
      cwd: folder,
      env: cleanEnv(),
    });
    expect(stdout).toBe("# dbctl completion for bash: source it, or append it to ~/.bashrc\n0\n");
    expect(stderr).toBe("");
  });

  test("a result that could not be written is a failure", async () => {
    const run = promisify(execFile)("bash", [
      "-c",
      `'${process.execPath}' '${binary}' completion bash > /dev/full`,
    ]);
    await expect(run).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^error: the result could not be written: .*ENOSPC/),
    });
  });
});

test("completion works in bash as it is printed", async () => {
  const script = `source <('${process.execPath}' '${binary}' completion bash)
COMP_WORDS=(dbctl mig); COMP_CWORD=1; _dbctl; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await promisify(execFile)("bash", ["--norc", "-c", script], { env: cleanEnv() });
  expect(stdout).toBe("migrate\n");
});
