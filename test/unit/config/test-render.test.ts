import { expect, test } from "vitest";
import type { TestedStore } from "../../../src/commands/test.ts";
import { createStyle } from "../../../src/ui/human/style.ts";
import { render } from "../../../src/ui/human/test.ts";

const up: TestedStore = {
  store: "postgres",
  optional: false,
  address: "db.example:5432",
  namespace: "shop",
  state: "up",
  version: "15.18",
  connectMs: 12.3,
  latencyMs: 0.42,
  namespaceExists: true,
  encryption: { wanted: "require", channelBinding: "require", session: "TLSv1.3", encrypted: true },
  user: "app",
  privileges: [
    { name: "create databases", granted: false },
    { name: "create tables in shop", granted: true },
  ],
  error: null,
};
const down: TestedStore = {
  ...up,
  store: "clickhouse",
  optional: true,
  state: "down",
  version: null,
  latencyMs: null,
  namespaceExists: null,
  privileges: [],
  error: { code: "STORE_UNREACHABLE", message: "ClickHouse at h:8123 cannot be reached", hint: "look at it" },
};

async function shown(...stores: TestedStore[]): Promise<string> {
  const style = await createStyle({ width: 120, colorLevel: 0, unicode: true });
  return render({ stores, skipped: [] }, style);
}

test("one line a store, then what is wrong with each", async () => {
  expect(await shown(up, down)).toBe(
    [
      "   store       address          namespace  version  latency  encrypted",
      "✓  postgres    db.example:5432  shop       15.18     0.4 ms  TLSv1.3 (require, channel binding require)",
      "!  clickhouse  db.example:5432  shop",
      "",
      "clickhouse: ClickHouse at h:8123 cannot be reached",
      "  look at it",
      "! postgres: may not create databases",
    ].join("\n"),
  );
});

test.each<[Partial<TestedStore["encryption"]>, string]>([
  [{ wanted: "disable", channelBinding: null, session: null, encrypted: false }, "no"],
  [{ wanted: "prefer", channelBinding: null, session: null, encrypted: null }, "if the server can (prefer)"],
  [{ wanted: "verify-full", channelBinding: null, session: null, encrypted: true }, "yes (verify-full)"],
])("encryption %o", async (encryption, words) => {
  const text = await shown({ ...up, encryption: { ...up.encryption, ...encryption } });
  expect(text.split("\n")[1]).toMatch(new RegExp(` ${words.replace(/[()]/g, "\\$&")}$`));
});

test("a store that is not initialised, and one that must be up", async () => {
  const text = await shown({ ...up, namespaceExists: false }, { ...down, optional: false });
  expect(text).toContain("postgres has no shop yet: dbctl init");
  expect(text).toMatch(/^✗ {2}clickhouse/m);
});
