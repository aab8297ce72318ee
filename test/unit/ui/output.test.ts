import { PassThrough, Writable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { EXIT } from "../../../src/errors.ts";
import { envelopeOf, toJson } from "../../../src/ui/envelope.ts";
import { createOutput } from "../../../src/ui/output.ts";

const redactor = {
  redact: (text: string) => text.replaceAll("hunter2", "***"),
  redactDeep: (value: unknown) => value,
};

function failing(code: string): Writable {
  return new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error(`write ${code}`), { code })),
  });
}

test("result and messages go their own ways, redacted, one newline at the end", async () => {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const output = createOutput({ stdout, stderr }, redactor);
  output.result("a hunter2\n\n");
  output.say("b hunter2");
  expect(stdout.read().toString()).toBe("a ***\n");
  expect(stderr.read().toString()).toBe("b ***\n");
  expect(await output.written()).toBeNull();
});

test("a reader that goes away is no failure, and nothing more is written", async () => {
  const stdout = failing("EPIPE");
  const output = createOutput({ stdout, stderr: new PassThrough() }, redactor);
  output.result("a");
  await setImmediate();
  output.result("b");
  expect(await output.written()).toBeNull();
});

test("a full disk is a failure", async () => {
  const output = createOutput({ stdout: failing("ENOSPC"), stderr: new PassThrough() }, redactor);
  output.result("a");
  expect((await output.written())?.message).toBe("write ENOSPC");
});

test("the envelope has every field, always", () => {
  const outcome = { command: "status", exitStatus: EXIT.ok, data: undefined, error: null, warnings: [] };
  expect(envelopeOf(outcome)).toEqual({
    schemaVersion: 1,
    command: "status",
    exitCode: 0,
    data: null,
    error: null,
    warnings: [],
  });
  expect(toJson({ rows: 12345678901234567890n })).toBe('{"rows":"12345678901234567890"}');
});
