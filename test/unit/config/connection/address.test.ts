import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isLoopback, redactedUrl } from "../../../../src/config/connection/address.ts";
import { EMPTY_DRAFT } from "../../../../src/config/connection/draft.ts";
import { parsePostgresUrl } from "../../../../src/config/connection/postgres.ts";

describe("loopback", () => {
  test.each([
    ["localhost", true],
    ["LOCALHOST.", true],
    ["db.localhost", true],
    ["127.0.0.1", true],
    ["127.255.0.9", true],
    ["::1", true],
    ["0:0:0:0:0:0:0:1", true],
    ["::ffff:127.0.0.1", true],
    ["/var/run/postgresql", true],
    ["128.0.0.1", false],
    ["10.0.0.1", false],
    ["127.0.0.1.example.com", false],
    ["localhost.example.com", false],
    ["notlocalhost", false],
    ["1", false],
    ["::2", false],
    ["0.0.0.0", false],
    ["::ffff:10.0.0.1", false],
    ["db.example", false],
  ])("%s: %s", (host, expected) => {
    expect(isLoopback(host)).toBe(expected);
  });
});

describe("redacted URLs", () => {
  test.each([
    [
      "postgres://u:p@h:1/db?sslmode=require&options=-c%20a%3Db",
      "postgres://u:***@h:1/db?options=-c%20a%3Db&sslmode=require",
    ],
    ["postgres://h", "postgres://h"],
    ["postgres://h/a?schema=app", "postgres://h/a?schema=app"],
    ["postgres://u@[::1]/db", "postgres://u@[::1]/db"],
    ["postgres://u:p@/db?host=/run/pg", "postgres://u:***@/db?host=%2Frun%2Fpg"],
    [
      "postgres://h/db?password=x&sslpassphrase=y&api_key=z",
      "postgres://:***@h/db?sslpassphrase=***&api_key=***",
    ],
  ])("%s", (url, expected) => {
    expect(redactedUrl("postgres", parsePostgresUrl(url))).toBe(expected);
  });

  test("hold no password, however it is spelt, and otherwise mean the same", () => {
    const secret = fc
      .string({ unit: "grapheme", maxLength: 20 })
      .map((text) => `Kaw9${text.toWellFormed()}Vun3`);
    fc.assert(
      fc.property(secret, fc.string({ maxLength: 8 }), (password, database) => {
        const draft = { ...EMPTY_DRAFT, host: "h", user: "app", password, database: database || null };
        const url = redactedUrl("postgres", draft);
        expect(url).not.toContain(encodeURIComponent(password));
        expect(url).not.toContain("Kaw9");
        expect(parsePostgresUrl(url)).toMatchObject({ ...draft, password: "***" });
      }),
    );
  });
});
