import { expect, test } from "vitest";
import { defineConfig } from "../../../src/index.ts";

test("defineConfig returns what it is given, and its types refuse what loading would", () => {
  const configuration = { name: "shop", stores: { postgres: { poolSize: 3 }, clickhouse: {} } };
  expect(defineConfig(configuration)).toBe(configuration);
  const declare = () => configuration;
  expect(defineConfig(declare)).toBe(declare);
  expect(defineConfig(({ t, env }) => ({ name: env("NAME", t.uuid().kind) }))).toBeTypeOf("function");
  // @ts-expect-error an unknown setting
  defineConfig({ name: "shop", poolsize: 3 });
  // @ts-expect-error durations are texts
  defineConfig({ name: "shop", stores: { postgres: { connectTimeout: 5 } } });
  // @ts-expect-error the name is missing
  defineConfig({ stores: {} });
  // @ts-expect-error also in an environment
  defineConfig({ name: "shop", environments: { production: { nmespace: "x" } } });
});
