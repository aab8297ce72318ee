import { type ChildProcess, spawn } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasEngine } from "../../support/engines.ts";
import { binary, cleanEnv, dbctl } from "./dbctl.ts";
import { createShop, type Shop } from "./project.ts";

/** `status` gives its stores little more than a second: a busy machine may take that for the start of Node alone. */
const PATIENT = { retry: 2 };
const ESC = "\u001b";

/** 130 and 143: interrupt.test.ts. 3 and 8 for every command: faults.test.ts. */
describe.skipIf(!hasEngine("postgres") || !hasEngine("clickhouse"))("one status a meaning", () => {
  let shop: Shop;

  /** For humans and with --json the same; no stream holds an escape sequence. */
  async function expectStatus(
    status: number,
    line: string,
    env: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const options = { cwd: shop.folder, env: { ...shop.env, ...env } };
    const human = await dbctl(line.split(" "), options);
    const json = await dbctl([...line.split(" "), "--json"], options);
    expect(human.status, `dbctl ${line}\n${human.stdout}${human.stderr}`).toBe(status);
    expect(json.status, `dbctl ${line} --json\n${json.stdout}`).toBe(status);
    const { schemaVersion, exitCode, command, data, error } = JSON.parse(json.stdout);
    expect({ schemaVersion, exitCode }).toEqual({ schemaVersion: 1, exitCode: status });
    expect(line === "seed" ? "seed run" : line).toMatch(new RegExp(`^${command}`));
    expect(data === null).toBe(error !== null);
    expect(human.stdout + human.stderr + json.stdout + json.stderr).not.toContain(ESC);
    expect(json.stderr).toBe("");
  }

  beforeAll(async () => {
    shop = createShop("exits");
    await expectStatus(0, "init");
    await expectStatus(0, "migrate up");
    await expectStatus(0, "seed");
  });

  afterAll(async () => {
    await dbctl(["reset", "--confirm=shop"], { cwd: shop.folder, env: shop.env });
    shop.remove();
  });

  test("0: it is as it should be", PATIENT, async () => {
    for (const line of ["migrate status", "status", "verify-consistency", "sync", "test", "config show"]) {
      await expectStatus(0, line);
    }
  });

  test("1: it ran and failed", async () => {
    shop.migration("0002_broken", "CREATE TABLE broken (id nonsense);\n", "SELECT 1;\n");
    await expectStatus(1, "migrate up");
    shop.delete("migrations/0002_broken");
  });

  test("2: the line or the configuration is wrong", async () => {
    await expectStatus(2, "status --nonsense");
    await expectStatus(2, "status", { SHOP_POSTGRES: "nonsense://x@y" });
    await expectStatus(2, "sync --entities nonsense");
  });

  test("3: a store that was needed is unreachable", async () => {
    await expectStatus(3, "migrate status", { SHOP_POSTGRES: "postgres://x@127.0.0.1:1/x" });
  });

  test("4: refused by a guard", async () => {
    await expectStatus(4, "reset");
    await expectStatus(4, "reset --yes");
    await expectStatus(4, "reset --confirm=another");
    await expectStatus(4, "reset --confirm=shop --env production");
    await expectStatus(4, "seed clean");
    await expectStatus(4, "migrate down --env production");
  });

  test("5: history and files disagree", async () => {
    const path = "migrations/0001_orders/postgres.up.sql";
    const applied = shop.read(path);
    shop.write(path, `${applied}-- edited\n`);
    await expectStatus(5, "migrate status");
    await expectStatus(5, "migrate up");
    shop.write(path, applied);
    await expectStatus(0, "migrate status");
  });

  test("6: the stores differ", async () => {
    await shop.clickhouse("INSERT INTO orders VALUES (7, 'another')");
    await expectStatus(6, "verify-consistency");
    await expectStatus(0, "verify-consistency --repair");
  });

  test("7: another run holds the lock", async () => {
    shop.migration("0002_slow", "SELECT pg_sleep(60);\n", "SELECT 1;\n");
    const holder = spawn(process.execPath, [binary, "migrate", "up", "--events"], {
      cwd: shop.folder,
      env: { ...cleanEnv(), ...shop.env },
    });
    await seen(holder, "0002");
    await expectStatus(7, "migrate up --lock-wait 200ms");
    const ended = new Promise((resolve) => holder.on("close", resolve));
    holder.kill("SIGINT");
    expect(await ended).toBe(130);
    shop.delete("migrations/0002_slow");
    await expectStatus(0, "migrate status");
  });

  test("8: the store knows us not", async () => {
    const url = new URL(shop.env.SHOP_CLICKHOUSE ?? "");
    url.password = "another";
    await expectStatus(8, "migrate status", { SHOP_CLICKHOUSE: url.href });
  });

  test("9: a threshold was breached", PATIENT, async () => {
    await shop.clickhouse("RENAME TABLE orders TO elsewhere");
    await expectStatus(9, "status --fail-on warning");
    await shop.clickhouse("RENAME TABLE elsewhere TO orders");
    await expectStatus(0, "status --fail-on warning");
  });

  test("10: not everything was looked at", async () => {
    await expectStatus(10, "verify-consistency --skip-clickhouse");
  });
});

/** Resolves when the process has written `part` to stdout. */
function seen(child: ChildProcess, part: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes(part)) resolve();
    });
    child.on("close", () => reject(new Error(`it ended without "${part}": ${text}`)));
  });
}
