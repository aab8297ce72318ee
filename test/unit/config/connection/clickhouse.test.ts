import { describe, expect, test } from "vitest";
import { parseClickhouseUrl } from "../../../../src/config/connection/clickhouse.ts";

test.each([
  ["http://h", "h", null, "disable", null],
  ["http://h:8123/events", "h", 8123, "disable", "events"],
  ["https://h", "h", null, "verify-full", null],
  ["https://h:8443/?database=events", "h", 8443, "verify-full", "events"],
  ["clickhouse://h/events", "h", null, "disable", "events"],
  ["clickhouse://h:8123", "h", 8123, "disable", null],
  ["clickhouse://h:8443", "h", 8443, "verify-full", null],
  ["clickhouse://h?secure=true", "h", null, "verify-full", null],
  ["clickhouse://[::1]:8123/a?ssl=1", "::1", 8123, "verify-full", "a"],
])("%s", (url, host, port, mode, database) => {
  const draft = parseClickhouseUrl(url);
  expect(draft).toMatchObject({ host, port, database, warnings: [] });
  expect(draft.tls.mode).toBe(mode);
});

test("user and password in the URL or in its query; the rest is left to the adapter", () => {
  expect(parseClickhouseUrl("http://app:p%40ss@h/?ch_max_threads=2")).toMatchObject({
    user: "app",
    password: "p@ss",
    parameters: { ch_max_threads: "2" },
  });
  expect(parseClickhouseUrl("http://h/?user=app&password=p%26s")).toMatchObject({
    user: "app",
    password: "p&s",
    parameters: {},
  });
});

test("settings are handed on, what nobody reads is warned of, what is nearly known is refused", () => {
  expect(parseClickhouseUrl("http://h/?ch_max_threads=2&clickhouse_setting_x=1").warnings).toEqual([]);
  expect(parseClickhouseUrl("http://h/?wait_for_it=2").warnings).toEqual([
    expect.stringContaining("wait_for_it"),
  ]);
  expect(() => parseClickhouseUrl("http://h/?databse=a")).toThrow("databse is unknown");
});

describe("the native protocol's ports", () => {
  test.each([
    ["clickhouse://h:9000/a", 8123, "disable"],
    ["clickhouse://h:9440/a", 8443, "verify-full"],
    ["clickhouse://h:9000/a?secure=1", 8443, "verify-full"],
  ])("%s goes to HTTP, and says so", (url, port, mode) => {
    const draft = parseClickhouseUrl(url);
    expect([draft.port, draft.tls.mode]).toEqual([port, mode]);
    expect(draft.warnings).toEqual([expect.stringContaining("native protocol; dbctl speaks HTTP")]);
  });

  test.each([
    ["http://h:9000", 9000, "8123"],
    ["https://h:9440", 9440, "8443"],
  ])("%s is kept, with a warning", (url, port, usual) => {
    const draft = parseClickhouseUrl(url);
    expect(draft.port).toBe(port);
    expect(draft.warnings).toEqual([expect.stringContaining(`its HTTP port is usually ${usual}`)]);
  });
});

test.each(["tcp://h:9000", "postgres://h", "native://h"])("%s is refused", (url) => {
  expect(() => parseClickhouseUrl(url)).toThrow("is no ClickHouse URL");
});

test("a JDBC URL is refused by name", () => {
  expect(() => parseClickhouseUrl("jdbc:clickhouse://h:8123/a")).toThrow("this is a JDBC URL");
});
