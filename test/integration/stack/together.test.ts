import { expect, test, vi } from "vitest";
import type { StackDown } from "../../../src/stack/index.ts";
import { Project, readMark, writeMark } from "./project.ts";

// Downloads and several engines at once, beside the other tests.
vi.setConfig({ testTimeout: 180_000 });

test("three `stack up` of one project at once: one starts the engines, all of them succeed", async () => {
  await using project = new Project();
  const runs = await Promise.all([1, 2, 3].map(() => project.spawn("up").result()));
  const pids = runs.map(({ engines }) => engines.map(({ pid }) => pid));
  expect(new Set(pids.map(String)).size).toBe(1);
  const states = runs.map(({ engines }) => engines.map(({ state }) => state).join());
  expect(states.sort()).toEqual(["running,running", "running,running", "started,started"]);
});

test("two projects at once do not meet; up beside down ends in one or the other", async () => {
  await using one = new Project();
  await using two = new Project();
  await Promise.all([one.spawn("up").result(), two.spawn("up").result()]);
  const ports = [one, two].flatMap((project) =>
    (["postgres", "clickhouse"] as const).map((store) => project.engine(store).port),
  );
  expect(new Set(ports).size).toBe(4);
  await writeMark(one);
  await two.spawn("purge").result<StackDown>();
  expect(two.processes()).toEqual([]);
  expect(await readMark(one)).toEqual([42, 42]);

  await Promise.all([one.spawn("down").result<StackDown>(), one.spawn("up").result()]);
  const states = Object.values(await one.states());
  expect([
    ["up", "up"],
    ["down", "down"],
  ]).toContainEqual(states);
});
