import { access } from "node:fs/promises";
import { join } from "node:path";
import type { StackFile } from "../stack/file.ts";
import type { Environment } from "./config.ts";
import type { ConfiguredStore } from "./connection/kinds.ts";
import type { Sourced } from "./origin.ts";

/**
 * URLs of the local stack of the project in `root`; none outside development and testing. The stack's code is loaded
 * only when a URL is asked for and there is a record.
 */
export function stackUrls(
  root: string,
  environment: Environment,
): (store: ConfiguredStore) => Promise<Sourced<string> | undefined> {
  if (environment !== "development" && environment !== "testing") return async () => undefined;
  const file = join(root, ".dbctl", "stack.json");
  let stack: Promise<StackFile | null> | undefined;
  return async (store) => {
    stack ??= read(root, file);
    const url = (await stack)?.engines[store]?.url;
    return url === undefined ? undefined : { value: url, origin: { from: "stack", file } };
  };
}

async function read(root: string, file: string): Promise<StackFile | null> {
  try {
    await access(file);
  } catch {
    return null;
  }
  const { readStack } = await import("../stack/file.ts");
  return readStack(root);
}
