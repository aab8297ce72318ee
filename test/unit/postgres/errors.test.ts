import { DatabaseError } from "pg";
import { describe, expect, it } from "vitest";
import { DbctlError } from "../../../src/errors.ts";
import { Faults, sqlstateOf } from "../../../src/stores/postgres/errors.ts";

const PASSWORD = "geh/eim 1";
const faults = new Faults("db:5432", {
  host: "db",
  port: 5432,
  user: "u",
  password: PASSWORD,
  database: null,
  tls: null,
  parameters: {},
});

function serverError(code: string, message: string, rest: object = {}): DatabaseError {
  return Object.assign(new DatabaseError(message, 0, "error"), { severity: "ERROR", code, ...rest });
}
const systemError = (code: string) => Object.assign(new Error(`connect ${code} 127.0.0.1:5432`), { code });

describe("errors of PostgreSQL", () => {
  it.each([
    ["53300", "STORE_UNREACHABLE"],
    ["08006", "STORE_UNREACHABLE"],
    ["57P03", "STORE_UNREACHABLE"],
    ["28P01", "AUTH_FAILED"],
    ["28000", "AUTH_FAILED"],
    ["42501", "PERMISSION_DENIED"],
    ["3D000", "NOT_INITIALISED"],
    ["42P01", "COLLECTION_MISSING"],
    ["57014", "STORE_TIMEOUT"],
    ["55P03", "STATEMENT_FAILED"],
    ["42601", "STATEMENT_FAILED"],
  ])("%s is %s", (sqlstate, code) => {
    const error = faults.wrap(serverError(sqlstate, "words", { detail: "more", position: "7" }));
    expect(error).toMatchObject({
      code,
      store: "postgres",
      data: { sqlstate, position: "7", detail: "more" },
    });
    expect(error.message).toContain("words (more)");
    expect(sqlstateOf(error)).toBe(sqlstate);
  });

  it.each([
    ["ECONNREFUSED", "STORE_UNREACHABLE"],
    ["ENOTFOUND", "STORE_UNREACHABLE"],
    ["EHOSTUNREACH", "STORE_UNREACHABLE"],
    ["ECONNRESET", "STORE_UNREACHABLE"],
    ["ETIMEDOUT", "STORE_TIMEOUT"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "STORE_UNREACHABLE"],
  ])("%s is %s", (errno, code) => {
    expect(faults.wrap(systemError(errno))).toMatchObject({
      code,
      message: expect.stringContaining("db:5432"),
    });
    expect(faults.wrap(new AggregateError([systemError(errno), systemError("X")]))).toMatchObject({ code });
  });

  it.each([
    ["timeout expired", "STORE_TIMEOUT"],
    ["Connection terminated unexpectedly", "STORE_UNREACHABLE"],
    ["SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a non-empty string", "AUTH_FAILED"],
    ["The server does not support SSL connections", "STORE_UNREACHABLE"],
    ["something else", "INTERNAL"],
  ])("%s is %s", (message, code) => {
    expect(faults.wrap(new Error(message))).toMatchObject({ code });
  });

  it("closing and aborting count for more than what they cause", () => {
    const signal = AbortSignal.abort();
    const error = serverError("57014", "canceling statement due to user request");
    expect(faults.wrap(error, { signal })).toMatchObject({ code: "CANCELLED" });
    expect(faults.wrap(error, { signal, closed: true })).toMatchObject({ code: "STORE_CLOSED" });
    const ours = new DbctlError("LOCK_HELD", "held");
    expect(faults.wrap(ours)).toBe(ours);
  });

  it("says nothing of the password, however the server repeats it", () => {
    const repeated = `${PASSWORD} and ${encodeURIComponent(PASSWORD)}`;
    for (const error of [
      serverError("42601", repeated, { detail: repeated, hint: repeated }),
      new Error(repeated),
    ]) {
      const { message, hint, data, stack } = faults.wrap(error);
      const shown = JSON.stringify({ message, hint, data, stack });
      expect(shown).not.toContain(PASSWORD);
      expect(shown).not.toContain(encodeURIComponent(PASSWORD));
    }
  });
});
