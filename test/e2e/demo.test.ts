import { spawn } from "node:child_process";
import { createServer, type Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { hasEngine } from "../support/engines.ts";
import { withoutStoreVariables } from "../support/environment.ts";

const demo = fileURLToPath(new URL("./demo.ts", import.meta.url));
const connections: Socket[] = [];
/** Somebody's production, which the demo must never speak to. */
const production = createServer((socket) => connections.push(socket));

beforeAll(() => new Promise<void>((resolve) => production.listen(0, "127.0.0.1", resolve)));
afterAll(() => {
  for (const socket of connections) socket.destroy();
  production.close();
});

test.skipIf(!hasEngine("postgres") || !hasEngine("clickhouse"))(
  "the demo tells its story to the end and leaves an exported DATABASE_URL alone",
  async () => {
    const address = production.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const { status, output } = await runDemo({
      DATABASE_URL: `postgres://admin:secret@127.0.0.1:${port}/production`,
      CLICKHOUSE_URL: `http://admin:secret@127.0.0.1:${port}/production`,
      NODE_ENV: "production",
      DBCTL_ENV: "production",
      PGHOST: "127.0.0.1",
      PGPORT: String(port),
    });
    expect(status, output).toBe(0);
    expect(connections).toHaveLength(0);
    const [, before] = /^root before +([0-9a-f]{64})$/m.exec(output) ?? [];
    expect(before).toBeDefined();
    expect(output).toContain(`root after   ${before}`);
    expect(output).toMatch(/00000000-0000-4000-8000-.* extra/);
    expect(output).toMatch(/present +missing/);
    expect(output).toMatch(/^ {2}cost +\d\.\d{4} +\d\.\d{4}$/m);
    expect(output).toContain("(status 6, as it should be)");
    expect(output).not.toContain("\u001b");
  },
  240_000,
);

function runDemo(ambient: Record<string, string>): Promise<{ status: number | null; output: string }> {
  const child = spawn(process.execPath, [demo], {
    // A stack in there is purged with the run's own, even when this test is killed.
    env: { ...withoutStoreVariables(process.env), TMPDIR: inject("runFolder"), ...ambient },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, output }));
  });
}
