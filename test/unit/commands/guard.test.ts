import { describe, expect, test } from "vitest";
import { confirmDestructive, type Guarded } from "../../../src/commands/guard.ts";
import type { Config, Environment, StoreConfig } from "../../../src/config/config.ts";
import type { Context } from "../../../src/context.ts";
import { DbctlError } from "../../../src/errors.ts";
import type { StoreName } from "../../../src/stores/store.ts";

interface Situation {
  readonly environment?: Environment;
  readonly named?: boolean;
  readonly loopback?: boolean;
  /** What is typed; null: nobody is there. */
  readonly typed?: string | null;
}

function contextOf({ environment = "development", named = false, loopback = true, typed = null }: Situation) {
  const store = { loopback, optional: false, options: { connection: { host: "db.example.org" } } };
  const stores = new Map<StoreName, StoreConfig>([["postgres", store as StoreConfig]]);
  const config = { name: "shop", environment, environmentNamed: named, stores } as unknown as Config;
  const said: string[] = [];
  const asked: string[] = [];
  const context = {
    config,
    reporter: { note: (line: string) => said.push(line) },
    prompt: async (question: string) => {
      asked.push(question);
      return typed;
    },
  } as unknown as Context;
  return { context, said, asked };
}

const reset: Guarded = {
  action: "reset drops 6 tables",
  details: ["postgres at db.example.org, database shop: 1,234 rows"],
  confirm: undefined,
  always: true,
};
const down: Guarded = { ...reset, action: "migrate down reverts 0003", always: false };

/** The code it ends with; null when it may go ahead. */
async function verdict(situation: Situation, guarded: Guarded): Promise<string | null> {
  try {
    await confirmDestructive(contextOf(situation).context, guarded);
    return null;
  } catch (error) {
    if (!(error instanceof DbctlError)) throw error;
    expect(error.exitStatus).toBe(4);
    return error.code;
  }
}

const production = { environment: "production", named: true } as const;
const remote = { loopback: false } as const;

test.each<[string, Situation, Guarded, string | null]>([
  ["reset wants the name", {}, reset, "CONFIRMATION_REQUIRED"],
  ["reset takes it typed", { typed: "shop" }, reset, null],
  ["reset takes it as a flag", {}, { ...reset, confirm: "shop" }, null],
  ["reset refuses another name typed", { typed: "shops" }, reset, "CONFIRMATION_REQUIRED"],
  ["reset refuses yes", { typed: "yes" }, reset, "CONFIRMATION_REQUIRED"],
  [
    "reset refuses another name as a flag",
    { typed: "shop" },
    { ...reset, confirm: "demo" },
    "CONFIRMATION_REQUIRED",
  ],
  ["reset refuses an empty flag", {}, { ...reset, confirm: "" }, "CONFIRMATION_REQUIRED"],
  ["reset never in production", production, { ...reset, confirm: "shop" }, "PROTECTED"],
  ["reset never elsewhere without an environment", remote, { ...reset, confirm: "shop" }, "PROTECTED"],
  [
    "reset elsewhere in a named environment",
    { ...remote, environment: "staging", named: true, typed: "shop" },
    reset,
    null,
  ],
  ["down is free on this machine", {}, down, null],
  ["down is free in staging", { ...remote, environment: "staging", named: true }, down, null],
  ["down wants the name in production", production, down, "PROTECTED"],
  ["down takes it typed in production", { ...production, typed: "shop" }, down, null],
  ["down takes it as a flag in production", production, { ...down, confirm: "shop" }, null],
  [
    "down refuses another name in production",
    production,
    { ...down, confirm: "prod" },
    "CONFIRMATION_REQUIRED",
  ],
  ["down wants the name elsewhere without an environment", remote, down, "PROTECTED"],
])("%s", async (_name, situation, guarded, expected) => {
  expect(await verdict(situation, guarded)).toBe(expected);
});

describe("before it asks", () => {
  test("shows what is about to happen, and asks for the name", async () => {
    const { context, said, asked } = contextOf({ typed: "shop" });
    await confirmDestructive(context, reset);
    expect(said).toEqual(["reset drops 6 tables", "  postgres at db.example.org, database shop: 1,234 rows"]);
    expect(asked).toEqual(["Type the project's name, shop, to go ahead: "]);
  });

  test("a refusal carries the same for machines", async () => {
    const { context } = contextOf(production);
    await expect(confirmDestructive(context, reset)).rejects.toMatchObject({
      data: { action: reset.action, details: reset.details, protected: ["the environment is production"] },
    });
  });
});
