import { inspect } from "node:util";
import { expect, test } from "vitest";
import {
  type ErrorContext,
  parseException,
  serverException,
  wrapError,
} from "../../../src/stores/clickhouse/errors.ts";

const context: ErrorContext = {
  address: "db:8123",
  user: "app",
  password: "s3cr&t word",
  stopped: null,
  timeoutMs: 50,
};
const code = (message: string, extra: object = {}) =>
  wrapError(Object.assign(new Error(message), extra), context).code;

test("an exception is read from whatever stands around it", () => {
  const words =
    "__exception__\r\nabc\r\nCode: 57. DB::Exception: There was an error on [h:9000]: Code: 57. DB::Exception: Table f(x) (ABC) already exists. (TABLE_ALREADY_EXISTS) (version 26.1). (TABLE_ALREADY_EXISTS) (version 26.1 (official build))\r\n9 abc";
  expect(parseException(words)).toMatchObject({ code: 57, name: "TABLE_ALREADY_EXISTS" });
  expect(parseException("502 Bad Gateway")).toBeNull();
});

test.each([
  ["Code: 516. DB::Exception: app: Authentication failed. (AUTHENTICATION_FAILED)", "AUTH_FAILED"],
  ["Code: 194. DB::Exception: x. (REQUIRED_PASSWORD)", "AUTH_FAILED"],
  ["Code: 497. DB::Exception: Not enough privileges. (ACCESS_DENIED)", "PERMISSION_DENIED"],
  ["Code: 81. DB::Exception: Database x does not exist. (UNKNOWN_DATABASE)", "NOT_INITIALISED"],
  ["Code: 60. DB::Exception: Unknown table. (UNKNOWN_TABLE)", "COLLECTION_MISSING"],
  ["Code: 159. DB::Exception: Timeout exceeded. (TIMEOUT_EXCEEDED)", "STORE_TIMEOUT"],
  ["Code: 62. DB::Exception: Syntax error. (SYNTAX_ERROR)", "STATEMENT_FAILED"],
  [
    "Code: 395. DB::Exception: dbctl: a UInt64 too far: while executing x. (FUNCTION_THROW_IF…)",
    "VALUE_UNREPRESENTABLE",
  ],
  ["<html>502 Bad Gateway</html>", "STORE_UNREACHABLE"],
])("%s is %s", (message, expected) => {
  expect(code(message)).toBe(expected);
});

test("connections that fail say why", () => {
  expect(code("connect ECONNREFUSED", { code: "ECONNREFUSED" })).toBe("STORE_UNREACHABLE");
  expect(code("self-signed certificate", { code: "DEPTH_ZERO_SELF_SIGNED_CERT" })).toBe("STORE_UNREACHABLE");
  expect(wrapError(new Error("x"), { ...context, stopped: "timeout" })).toMatchObject({
    code: "STORE_TIMEOUT",
    message: "ClickHouse at db:8123 did not answer within 50 ms",
  });
  expect(wrapError(new Error("x"), { ...context, stopped: "aborted" }).code).toBe("CANCELLED");
  expect(wrapError(new Error("x"), { ...context, stopped: "closed" }).code).toBe("STORE_CLOSED");
});

test("no form of the password comes through", () => {
  const { password } = context;
  const forms = [
    password ?? "",
    encodeURIComponent(password ?? ""),
    Buffer.from(`app:${password}`).toString("base64"),
  ];
  for (const form of forms) {
    for (const message of [`Code: 62. DB::Exception: near ${form} there. (SYNTAX_ERROR)`, `odd ${form}`]) {
      const error = wrapError(new Error(message), context);
      for (const each of forms) expect(inspect(error, { depth: 9 })).not.toContain(each);
    }
  }
});

test("what the server threw stays known", () => {
  const error = wrapError(
    new Error("Code: 62. DB::Exception: Syntax error: x. (SYNTAX_ERROR) (version 1)"),
    context,
  );
  expect(serverException(error)).toEqual({ code: 62, name: "SYNTAX_ERROR", message: "Syntax error: x." });
  expect(serverException(new Error("x"))).toBeNull();
});
