import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Secrets } from "../../../src/config/secrets.ts";

const strongSecret = fc
  .string({ unit: "grapheme", minLength: 6, maxLength: 30 })
  .map((text) => `q7${text.toWellFormed()}`);

function secretsOf(...passwords: string[]): Secrets {
  const secrets = new Secrets();
  for (const password of passwords) secrets.add(password, ["app"]);
  return secrets;
}

describe("a password is blanked in every form it travels in", () => {
  test.each([
    ["raw", (password: string) => password],
    ["percent-encoded", (password: string) => encodeURIComponent(password)],
    [
      "percent-encoded in lower case",
      (password: string) => encodeURIComponent(password).replace(/%../g, (code) => code.toLowerCase()),
    ],
    ["as WHATWG writes it", (password: string) => Object.assign(new URL("http://h"), { password }).password],
    ["as a form field", (password: string) => new URLSearchParams({ p: password }).toString().slice(2)],
    ["in JSON", (password: string) => JSON.stringify(password)],
    ["in a Basic header", (password: string) => Buffer.from(`app:${password}`).toString("base64")],
  ])("%s", (_, travel) => {
    fc.assert(
      fc.property(strongSecret, fc.string(), fc.string(), (password, before, after) => {
        const redacted = secretsOf(password).redact(`${before} ${travel(password)} ${after}`);
        expect(redacted.includes(travel(password))).toBe(
          before.includes(travel(password)) || after.includes(travel(password)),
        );
        expect(redacted).toContain("***");
      }),
    );
  });
});

test("text without a password stays as it is", () => {
  fc.assert(
    fc.property(strongSecret, fc.string(), (password, text) => {
      fc.pre(!text.includes(password));
      const other = secretsOf(`${password}9`);
      fc.pre(!text.includes(`${password}9`));
      expect(other.redact(text)).toBe(text);
    }),
  );
});

test("a password that is part of another leaves nothing of the longer one", () => {
  const secrets = secretsOf("hunter42", "hunter42-long");
  expect(secrets.redact("x hunter42-long y hunter42 z")).toBe("x *** y *** z");
});

describe("passwords too short or too common to be blanked everywhere", () => {
  test.each(["pg", "postgres", "app", "test", "Password"])("%s", (password) => {
    const secrets = secretsOf(password);
    expect(secrets.redact(`user app, store postgres, ${password}`)).toBe(
      `user app, store postgres, ${password}`,
    );
    expect(secrets.redact(`http://app:${password}@h/ and ?password=${password}`)).toBe(
      "http://app:***@h/ and ?password=***",
    );
  });
});

test("nothing is registered for an absent password", () => {
  const secrets = new Secrets();
  secrets.add(null);
  secrets.add(undefined);
  secrets.add("");
  expect(secrets.redact("as it was :@ ")).toBe("as it was :@ ");
});

describe("passwords of URLs, well-formed or not", () => {
  test.each([
    "postgres://app:gehe%2Fim42@h/db",
    "postgres://app:gehe/im42@h/db",
    "postgres://app:geheim#42@h/db",
    "postgres://app:gehe@im42@h/db",
    "http://app:gehe?im42@h",
    "postgres://:geheim42@h",
  ])("%s", (url) => {
    const secrets = new Secrets();
    secrets.addUrl(url);
    const password = /:\/\/[^:]*:(.*)@/.exec(url)?.[1] ?? "";
    for (const form of [password, decodeURIComponent(password)]) {
      expect(secrets.redact(`cannot connect with ${form}!`)).toBe("cannot connect with ***!");
    }
  });

  test("a URL without one", () => {
    const secrets = new Secrets();
    secrets.addUrl("postgres://h:5432/db");
    secrets.addUrl("postgres://app@h:5432/db");
    expect(secrets.redact("5432 app db")).toBe("5432 app db");
  });
});

test("redactDeep copies lists and plain objects, and leaves everything else alone", () => {
  const secrets = secretsOf("hunter42");
  const date = new Date();
  const input = { a: ["hunter42", 1, null], b: { c: "x hunter42" }, d: date, e: 5n, f: undefined };
  expect(secrets.redactDeep(input)).toEqual({
    a: ["***", 1, null],
    b: { c: "x ***" },
    d: date,
    e: 5n,
    f: undefined,
  });
  expect(input.a[0]).toBe("hunter42");
});
