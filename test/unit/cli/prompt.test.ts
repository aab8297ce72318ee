import { PassThrough } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { Io } from "../../../src/cli/io.ts";
import { ask } from "../../../src/cli/prompt.ts";

function terminal(isTTY = true) {
  const stdin = Object.assign(new PassThrough(), { isTTY });
  const stderr = Object.assign(new PassThrough(), { isTTY });
  return { stdin, stderr, io: { stdin, stderr } as unknown as Pick<Io, "stdin" | "stderr"> };
}

const options = { allowed: true, signal: new AbortController().signal, onInterrupt: () => {} };

describe("on a terminal", () => {
  test("asks on stderr and returns the line without blanks around it", async () => {
    const { stdin, stderr, io } = terminal();
    const answer = ask("name? ", { ...options, io });
    await setTimeout(20);
    stdin.write(" demo \n");
    expect(await answer).toBe("demo");
    expect(stderr.read().toString()).toContain("name? ");
  });

  test("the end of input is no answer", async () => {
    const { stdin, io } = terminal();
    const answer = ask("name? ", { ...options, io });
    await setTimeout(20);
    stdin.end();
    expect(await answer).toBeNull();
  });

  test("an interruption ends the question", async () => {
    const { io } = terminal();
    const controller = new AbortController();
    const answer = ask("name? ", { ...options, io, signal: controller.signal });
    await setTimeout(20);
    controller.abort();
    await expect(answer).rejects.toMatchObject({ code: "CANCELLED" });
  });

  test("--no-input never asks", async () => {
    const { stderr, io } = terminal();
    expect(await ask("name? ", { ...options, io, allowed: false })).toBeNull();
    expect(stderr.read()).toBeNull();
  });
});

test("without a terminal nobody is asked", async () => {
  const { stderr, io } = terminal(false);
  expect(await ask("name? ", { ...options, io })).toBeNull();
  expect(stderr.read()).toBeNull();
});
