import { expect, test } from "vitest";
import { DbctlError } from "../../../src/errors.ts";
import { renderError, renderWarning } from "../../../src/ui/human/error.ts";
import { createStyle } from "../../../src/ui/human/style.ts";

const { color: colors } = await createStyle({ width: 80, colorLevel: 0, unicode: true });
const quiet = { colors, verbose: false };

test("one fault: what and why, then the fix", async () => {
  const error = new DbctlError(
    "STORE_UNREACHABLE",
    "postgres at 127.0.0.1:5432 does not answer: connection refused",
    { store: "postgres" },
  );
  await expect(renderError(error, quiet)).toMatchFileSnapshot("../../golden/errors/one.txt");
});

test("several faults stand aligned below each other", async () => {
  const faults = [
    { origin: "environment", path: "DATABASE_URL", message: "is no URL" },
    {
      origin: "dbctl.config.ts",
      path: "stores.postgres.poolsize",
      message: "is no setting",
      suggestion: 'did you mean "poolSize"?',
    },
  ];
  const error = new DbctlError("CONFIG_INVALID", "the configuration has 2 faults:\n  (listed)", {
    data: { faults },
  });
  await expect(renderError(error, quiet)).toMatchFileSnapshot("../../golden/errors/faults.txt");
});

test("faults of another kind stand in the message", () => {
  const error = new DbctlError("CONFIG_INVALID", "the seeds have faults:\n  a.ts: no rows", {
    data: { faults: ["a.ts: no rows"] },
    hint: "correct them",
  });
  expect(renderError(error, quiet)).toBe(
    "error: the seeds have faults:\n  a.ts: no rows\n  fix: correct them",
  );
});

test("further lines of a message are indented below it", async () => {
  const error = new DbctlError(
    "OUT_OF_ORDER",
    "2 files are out of order\n0002_a/postgres.up.sql\n0003_b/postgres.up.sql",
  );
  await expect(renderError(error, quiet)).toMatchFileSnapshot("../../golden/errors/lines.txt");
});

test("a stack only with verbose, causes included", () => {
  const error = new DbctlError("INTERNAL", "it broke", { cause: new TypeError("x is not a function") });
  expect(renderError(error, quiet)).not.toMatch(/at .*error\.test\.ts/);
  const text = renderError(error, { colors, verbose: true });
  expect(text).toContain("code: INTERNAL");
  expect(text).toContain("caused by TypeError: x is not a function");
  expect(text).toMatch(/at .*error\.test\.ts/);
});

test("a warning has a fix when it knows one", () => {
  expect(renderWarning({ code: "INCONCLUSIVE", message: "redis was skipped" }, colors)).toBe(
    "warning: redis was skipped",
  );
  expect(renderWarning({ code: "INCONCLUSIVE", message: "m", hint: "h" }, colors)).toBe(
    "warning: m\n  fix: h",
  );
});
