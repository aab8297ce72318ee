import { writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { test } from "vitest";
import { engineUrl } from "../../../support/engines.ts";

/** Tells the outer test which engines this run was given, and stays for as long as it is told to. */
test("report", async () => {
  const urls = { postgres: engineUrl("postgres"), clickhouse: engineUrl("clickhouse") };
  writeFileSync(process.env.NESTED_REPORT ?? "", JSON.stringify(urls));
  await delay(Number(process.env.NESTED_STAY_MS ?? 0));
});
