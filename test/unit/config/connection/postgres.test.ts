import { describe, expect, test } from "vitest";
import { parsePostgresUrl } from "../../../../src/config/connection/postgres.ts";

describe("schemes", () => {
  test.each(["postgres", "postgresql", "postgresql+asyncpg", "postgres+psycopg2", "POSTGRESQL"])(
    "%s://",
    (scheme) => {
      expect(parsePostgresUrl(`${scheme}://user:pass@localhost/netra`)).toMatchObject({
        host: "localhost",
        port: null,
        user: "user",
        password: "pass",
        database: "netra",
      });
    },
  );

  test.each([
    ["mysql://h/db", "mysql:// is no PostgreSQL URL"],
    ["http://h/db", "http:// is no PostgreSQL URL"],
    ["jdbc:postgresql://h/db", "JDBC"],
  ])("%s is refused", (url, words) => {
    expect(() => parsePostgresUrl(url)).toThrow(words);
  });
});

test("a URL as Neon gives it", () => {
  const url =
    "postgresql://username:password@ep-xxx-pooler.region.neon.tech/dbname?sslmode=require&channel_binding=require&options=endpoint%3Dep-xxx";
  expect(parsePostgresUrl(url)).toMatchObject({
    host: "ep-xxx-pooler.region.neon.tech",
    user: "username",
    password: "password",
    database: "dbname",
    tls: { mode: "require", ca: null, cert: null, key: null },
    parameters: { channel_binding: "require", options: "endpoint=ep-xxx" },
  });
});

describe("encryption", () => {
  test.each(["disable", "allow", "prefer", "require", "verify-ca", "verify-full"])("sslmode=%s", (mode) => {
    expect(parsePostgresUrl(`postgres://h/db?sslmode=${mode}`).tls.mode).toBe(mode);
  });

  test.each([
    ["ssl=true", "verify-full"],
    ["ssl=0", "disable"],
    ["ssl=require", "require"],
    ["ssl=disable&sslmode=verify-ca", "verify-ca"],
    ["sslmode=", null],
    ["", null],
  ])("%s", (query, mode) => {
    expect(parsePostgresUrl(`postgres://h/db?${query}`).tls.mode).toBe(mode);
  });

  test("files", () => {
    const query = "sslmode=verify-full&sslrootcert=ca.pem&sslcert=c.pem&sslkey=k.pem";
    expect(parsePostgresUrl(`postgres://h/db?${query}`).tls).toEqual({
      mode: "verify-full",
      ca: "ca.pem",
      cert: "c.pem",
      key: "k.pem",
    });
  });

  test.each([
    ["sslmode=requir", "is not one of", 'did you mean "require"?'],
    ["ssl=maybe", "is not one of", undefined],
    ["channel_binding=yes", "is not one of", undefined],
    ["channel_binding=require&sslmode=disable", "needs TLS", "use sslmode=require"],
  ])("%s is refused", (query, words, hint) => {
    expect(() => parsePostgresUrl(`postgres://h/db?${query}`)).toThrow(
      expect.objectContaining({
        message: expect.stringContaining(words),
        ...(hint === undefined ? {} : { hint: expect.stringContaining(hint) }),
      }),
    );
  });
});

describe("parameters that nobody reads", () => {
  test.each([
    ["sslmod=require", 'did you mean "sslmode"?'],
    ["ssl_mode=require", 'did you mean "sslmode"?'],
    ["channelbinding=require", 'did you mean "channel_binding"?'],
    ["connect_timout=5", 'did you mean "connect_timeout"?'],
  ])("%s is nearly one that counts: refused", (query, hint) => {
    expect(() => parsePostgresUrl(`postgres://h/db?${query}`)).toThrow(expect.objectContaining({ hint }));
  });

  test("others are warned of, those of other tools are not", () => {
    expect(parsePostgresUrl("postgres://h/db?target_session_attrs=any").warnings).toEqual([
      "the URL's parameter target_session_attrs is not understood and has no effect",
    ]);
    expect(parsePostgresUrl("postgres://h/db?pgbouncer=true&connection_limit=5").warnings).toEqual([]);
  });
});

describe("libpq's parameters stand in for the parts of the URL", () => {
  test("a Unix socket", () => {
    expect(parsePostgresUrl("postgres:///db?host=/var/run/postgresql&port=5433")).toMatchObject({
      host: "/var/run/postgresql",
      port: 5433,
      database: "db",
      parameters: {},
    });
  });

  test("user, password, database", () => {
    const draft = parsePostgresUrl("postgres://h?user=app&password=a%26b&dbname=shop&application_name=batch");
    expect(draft).toMatchObject({ user: "app", password: "a&b", database: "shop", applicationName: "batch" });
    expect(draft.parameters).toEqual({});
  });

  test.each([
    ["connect_timeout=10", 10_000],
    ["connect_timeout=0", null],
    ["", null],
  ])("%s", (query, timeoutMs) => {
    expect(parsePostgresUrl(`postgres://h/db?${query}`).connectTimeoutMs).toBe(timeoutMs);
  });

  test.each(["connect_timeout=1.5", "connect_timeout=-1", "port=x", "port=0"])("%s is refused", (query) => {
    expect(() => parsePostgresUrl(`postgres://h/db?${query}`)).toThrow(/not a/);
  });
});
