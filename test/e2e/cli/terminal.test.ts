import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { engineUrl, hasEngine } from "../../support/engines.ts";
import { dbctl, dbctlOnTerminal } from "./dbctl.ts";
import { createProject, type Project } from "./project.ts";

describe.skipIf(!hasEngine("clickhouse"))("on a terminal", () => {
  let project: Project;
  beforeAll(() => {
    project = createProject("terminal", { stores: { clickhouse: { url: engineUrl("clickhouse") } } });
  });
  afterAll(async () => {
    await dbctl(["reset", "--confirm=shop"], { cwd: project.folder });
    project.remove();
  });

  test("the result has colours, and none with NO_COLOR, TERM=dumb or --no-color", async () => {
    const cwd = project.folder;
    const plain = async (args: string[], env: NodeJS.ProcessEnv) =>
      !(await dbctlOnTerminal(["config", "show", ...args], { cwd, env })).stdout.includes("\u001b[");
    expect(await plain([], {})).toBe(false);
    expect(await plain([], { NO_COLOR: "1" })).toBe(true);
    expect(await plain([], { TERM: "dumb" })).toBe(true);
    expect(await plain(["--no-color"], {})).toBe(true);
  });

  test("reset asks for the project's name, and takes it", async () => {
    expect(await dbctl(["init"], { cwd: project.folder })).toMatchObject({ status: 0 });
    const refused = await dbctlOnTerminal(["reset"], { cwd: project.folder, input: "yes\n" });
    expect(refused.status).toBe(4);
    const text = stripVTControlCharacters(refused.stdout);
    expect(text).toContain("Type the project's name, shop, to go ahead: ");
    expect(text).toContain('"yes" is not this project\'s name');
    const done = await dbctlOnTerminal(["reset"], { cwd: project.folder, input: "shop\n" });
    expect(done.status).toBe(0);
    expect(stripVTControlCharacters(done.stdout)).toContain("namespace dropped");
  });

  test("--no-input and the end of input are no consent", async () => {
    const cwd = project.folder;
    expect((await dbctlOnTerminal(["reset", "--no-input"], { cwd })).status).toBe(4);
    expect((await dbctlOnTerminal(["reset"], { cwd, input: "\u0004" })).status).toBe(4);
  });

  test("^C at the question is an interruption", async () => {
    const ended = await dbctlOnTerminal(["reset"], { cwd: project.folder, input: "\u0003" });
    expect(ended.status).toBe(130);
    expect(ended.stdout).toContain("stopping cleanly; ^C again to stop now");
  });

  test("progress is drawn and leaves one line for each task", async () => {
    const { status, stdout } = await dbctlOnTerminal(["init"], { cwd: project.folder });
    expect(status).toBe(0);
    expect(stdout.startsWith("dbctl init …\r\u001b[K")).toBe(true);
    expect(stripVTControlCharacters(stdout)).toMatch(/✓ clickhouse: .*\d ms\r?\n/);
    expect(stdout).toContain("\u001b[?25h");
  });
});
