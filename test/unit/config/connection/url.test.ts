import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { splitUrl } from "../../../../src/config/connection/url.ts";
import { DbctlError } from "../../../../src/errors.ts";

function refusal(url: string): DbctlError {
  try {
    splitUrl(url);
  } catch (error) {
    if (error instanceof DbctlError) return error;
    throw error;
  }
  throw new Error(`taken: ${url}`);
}

const anyText = fc.string({ unit: "grapheme", maxLength: 40 }).filter((text) => text.isWellFormed());

describe("what is encoded comes back", () => {
  test("user, password, database and parameters of any characters", () => {
    fc.assert(
      fc.property(anyText, anyText, anyText, anyText, (user, password, database, value) => {
        const url = `postgres://${encodeURIComponent(user)}:${encodeURIComponent(password)}@db.example:6543/${encodeURIComponent(database)}?options=${encodeURIComponent(value)}`;
        const parts = splitUrl(url);
        expect(parts).toEqual({
          scheme: "postgres",
          user: user === "" ? null : user,
          password: password === "" ? null : password,
          host: "db.example",
          port: 6543,
          database: database === "" ? null : database,
          parameters: new Map([["options", value]]),
        });
      }),
      { numRuns: 500 },
    );
  });

  test("a password that holds only what a URL allows needs no encoding, a raw @ included", () => {
    const raw = fc
      .string({ unit: fc.constantFrom(..."abcXYZ019-._~!$&'()*+,;=:@[]{}|\\^\"<> é€") })
      .filter((text) => text !== "");
    fc.assert(
      fc.property(raw, (password) => {
        const { user, password: parsed, host } = splitUrl(`postgres://app:${password}@h/db`);
        expect([user, parsed, host]).toEqual(["app", password, "h"]);
      }),
      { numRuns: 500 },
    );
  });
});

describe("hosts and ports", () => {
  test.each([
    ["postgres://h", "h", null],
    ["postgres://h:1/", "h", 1],
    ["postgres://h:65535", "h", 65_535],
    ["postgres://u@h:/db", "h", null],
    ["postgres://[::1]:5433/db", "::1", 5433],
    ["postgres://u:p@[fe80::1%25eth0]/db", "fe80::1%eth0", null],
    ["postgres://%2Fvar%2Frun%2Fpostgresql/db", "/var/run/postgresql", null],
    ["postgres:///db", null, null],
    ["postgres://u:p@/db", null, null],
    ["postgres://bücher.example/db", "bücher.example", null],
    ["  postgres://h/db\n", "h", null],
  ])("%s", (url, host, port) => {
    expect(splitUrl(url)).toMatchObject({ host, port });
  });

  test.each([
    ["postgres://h:0/db", "the port"],
    ["postgres://h:65536/db", "the port"],
    ["postgres://h:54x2/db", "the port"],
    ["postgres://h1,h2/db", "several hosts"],
    ["postgres://::1:5432/db", "the host is not understood"],
    ["postgres://[::1/db", "the host"],
    ["postgres://[zz]/db", "no IPv6 address"],
    ["postgres://ho st/db", "host name"],
    ["localhost:5432/db", "no URL"],
    ["", "no URL"],
    ["'postgres://h/db'", "in quotes"],
    ["postgres://h/%FF", "not UTF-8"],
    ["postgres://u%zz@h/db", '"%" in the user name'],
  ])("%s is refused", (url, words) => {
    expect(refusal(url)).toMatchObject({ code: "CONFIG_INVALID", message: expect.stringContaining(words) });
  });
});

describe("what is not encoded", () => {
  test.each([
    ["postgres://app:gehe#im@db.example/shop", '"#"', "%23"],
    ["postgres://app:gehe/im@db.example/shop", '"/"', "%2F"],
    ["postgres://app:42/im@db.example/shop", '"/"', "%2F"],
    ["postgres://app:a@b/im@db.example/shop", '"/"', "%2F"],
    ["postgres://app:gehe?im@db.example/shop", '"?"', "%3F"],
    ["postgres://app:42?im@db.example/shop", '"?"', "%3F"],
    ["postgres://app:gehe%im@db.example/shop", '"%"', "%25"],
    ["postgres://app:100%@db.example/shop", '"%"', "%25"],
  ])("%s says what to write instead", (url, character, code) => {
    const { message, hint } = refusal(url);
    expect(message).toContain(character);
    expect(hint).toContain(code);
  });

  test("no refusal quotes a password", () => {
    const piece = fc.string({ unit: fc.constantFrom(..."qxzj7#?/%@: "), maxLength: 8 });
    fc.assert(
      fc.property(piece, piece, (before, after) => {
        const password = `${before}Kaw9Vun3${after}`;
        let text = "";
        try {
          splitUrl(`postgres://app:${password}@db.example:5432/shop`);
        } catch (error) {
          const { message, hint, data } = error as DbctlError;
          text = JSON.stringify([message, hint, data]);
        }
        expect(text).not.toContain("Kaw9Vun3");
      }),
      { numRuns: 500 },
    );
  });
});

test("of a parameter given twice the last counts; a plus sign is one", () => {
  expect(splitUrl("postgres://h/db?a=1&b&a=x+y").parameters).toEqual(
    new Map([
      ["a", "x+y"],
      ["b", ""],
    ]),
  );
});
