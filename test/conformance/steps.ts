/** Migration steps in the engine's own language. */
import { createHash } from "node:crypto";
import type { ApplyOptions, Migrations, Revision, Step, Store } from "../../src/stores/store.ts";
import { never } from "./bench.ts";
import type { Harness } from "./harness.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

export interface StepTexts {
  readonly up: readonly string[];
  readonly down?: readonly string[];
  readonly transaction?: boolean;
}

/** A step of these statements, checksum and chain as the runner would make them. */
export function stepOf(harness: Harness, version: string, { up, down, transaction = true }: StepTexts): Step {
  const { separator, extension } = harness.scripts;
  const script = (statements: readonly string[], direction: string) => ({
    file: `migrations/${version}_step/${harness.name}.${direction}.${extension}`,
    text: statements.map((statement) => `${statement}${separator}`).join(""),
  });
  const upScript = script(up, "up");
  return {
    version,
    name: "step",
    store: harness.name,
    up: upScript,
    down: down === undefined ? null : script(down, "down"),
    checksum: `v1:${sha256(upScript.text)}`,
    chain: sha256(`chain ${version} ${upScript.text}`),
    directives: { transaction, lockTimeoutMs: 5_000, statementTimeoutMs: 20_000 },
  };
}

export function apply(store: Store, step: Step, options: Partial<ApplyOptions> = {}): Promise<void> {
  return store.migrations.apply(step, {
    direction: "up",
    resume: null,
    dbctlVersion: "1.2.3",
    signal: never,
    ...options,
  });
}

/** The revision of a version; null when there is none. */
export async function revisionOf(migrations: Migrations, version: string): Promise<Revision | null> {
  return (await migrations.history(never))?.find((revision) => revision.version === version) ?? null;
}

export async function namesIn(store: Store): Promise<readonly string[]> {
  return (await store.catalog(never)).map(({ name }) => name).sort();
}
