import { createServer } from "node:net";
import { expect, test } from "vitest";
import { choosePort, isPortFree } from "../../../src/stack/port.ts";

test("a chosen port is free, not one to avoid, and below the ephemeral range", async () => {
  const avoid = new Set(Array.from({ length: 11_990 }, (_, index) => 20_000 + index));
  const port = await choosePort(avoid);
  expect(port).toBeGreaterThanOrEqual(31_990);
  expect(port).toBeLessThan(32_768);
  expect(await isPortFree(port)).toBe(true);
});

test.each(["127.0.0.1", "0.0.0.0"])("a port somebody listens on at %s is not free", async (host) => {
  const server = createServer();
  const port = await choosePort(new Set());
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  expect(await isPortFree(port)).toBe(false);
  await new Promise((resolve) => server.close(resolve));
  expect(await isPortFree(port)).toBe(true);
});
