import { createHash } from "node:crypto";
import type { Step } from "../../../src/stores/store.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** A ClickHouse step of these files. */
export function stepOf(
  version: string,
  up: string,
  down: string | null = null,
  statementTimeoutMs = 0,
): Step {
  const script = (text: string, direction: string) => ({
    file: `migrations/${version}_step/clickhouse.${direction}.sql`,
    text,
  });
  return {
    version,
    name: "step",
    store: "clickhouse",
    up: script(up, "up"),
    down: down === null ? null : script(down, "down"),
    checksum: `v1:${sha256(up)}`,
    chain: sha256(`chain ${version} ${up}`),
    directives: { transaction: true, lockTimeoutMs: 5_000, statementTimeoutMs },
  };
}
