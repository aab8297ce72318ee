import { expect, test } from "vitest";
import type { EngineStatus, EngineUp } from "../../../src/stack/index.ts";
import { render as renderDown } from "../../../src/ui/human/stack-down.ts";
import { render as renderLogs } from "../../../src/ui/human/stack-logs.ts";
import { render as renderStatus } from "../../../src/ui/human/stack-status.ts";
import { render as renderUp } from "../../../src/ui/human/stack-up.ts";
import { createStyle } from "../../../src/ui/human/style.ts";

const style = await createStyle({ width: 80, colorLevel: 0, unicode: false });

const started: EngineUp = {
  store: "postgres",
  state: "started",
  provider: "system (/usr/lib/postgresql/18/bin)",
  version: "18.1",
  url: "postgres://dbctl@127.0.0.1:20001/postgres",
  port: 20_001,
  pid: 42,
  downloadMs: 0,
  startMs: 800,
  notes: ["port 20000 is taken by another program: now on 20001"],
  error: null,
};
const nothing = { ...started, version: null, url: null, port: null, pid: null, startMs: 0, notes: [] };

test("up: a line an engine, its notes, and where the URLs are", () => {
  const engines: EngineUp[] = [
    { ...started, store: "clickhouse", downloadMs: 12_000, notes: [] },
    started,
    { ...nothing, store: "redis", state: "external", provider: "REDIS_URL" },
    {
      ...nothing,
      store: "elasticsearch",
      state: "unavailable",
      provider: null,
      error: { code: "ENGINE_UNAVAILABLE", message: "", hint: "" },
    },
  ];
  const text = renderUp({ file: "/p/.dbctl/stack.json", home: "/p/.dbctl/stack", engines }, style);
  expect(text).toMatch(/\+ +clickhouse +18\.1 +127\.0\.0\.1:20001 +started in 800 ms +system/);
  expect(text).toContain("clickhouse: downloaded in 12.0 s");
  expect(text).toMatch(/\+ +postgres +18\.1 +127\.0\.0\.1:20001 +started in 800 ms +system *$/m);
  expect(text).toMatch(/\+ +redis +not ours, not started +REDIS_URL/);
  expect(text).toMatch(/x +elasticsearch +not to be had/);
  expect(text).toContain("! postgres: port 20000 is taken by another program: now on 20001");
  expect(text).toContain("/p/.dbctl/stack.json");
});

test("up: no word of URLs when there are none of ours", () => {
  const engines: EngineUp[] = [{ ...nothing, state: "external", provider: "DATABASE_URL" }];
  expect(renderUp({ file: "/p/.dbctl/stack.json", home: "/p", engines }, style)).not.toContain("stack.json");
});

test("status: says how to heal when there is something to heal", () => {
  const engine: EngineStatus = { ...started, state: "up", logFile: "/p/postgres.log" };
  const text = (state: EngineStatus["state"]) =>
    renderStatus({ file: "", home: "", engines: [{ ...engine, state }] }, style);
  expect(text("up")).toMatch(/\+ +postgres +18\.1 +127\.0\.0\.1:20001 +up +42 +system/);
  for (const state of ["sick", "crashed", "unrecorded"] as const) {
    expect(text(state)).toMatch(/x +postgres/);
    expect(text(state)).toContain("dbctl stack up");
  }
  for (const state of ["up", "down", "absent", "external"] as const) {
    expect(text(state)).not.toContain("dbctl stack up");
  }
});

test("down and logs", () => {
  const engines = [
    { store: "postgres", state: "stopped" },
    { store: "clickhouse", state: "killed" },
  ] as const;
  const text = renderDown({ engines, purged: "/var/tmp/x" }, style);
  expect(text.split("\n")).toEqual([
    "+ postgres stopped",
    "! clickhouse had to be killed; it recovers at its next start",
    "+ removed /var/tmp/x",
  ]);
  expect(renderLogs({ store: "postgres", file: "", lines: ["a", "b"] }, style)).toBe("a\nb");
});
