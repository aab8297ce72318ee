import { readStack, type StackFile, stackFilePath } from "../stack/file.ts";
import type { Environment } from "./config.ts";
import type { ConfiguredStore } from "./connection/kinds.ts";
import type { Sourced } from "./origin.ts";

/** URLs of the local stack of the project in `root`, read when first asked for; none outside development and testing. */
export function stackUrls(
  root: string,
  environment: Environment,
): (store: ConfiguredStore) => Sourced<string> | undefined {
  if (environment !== "development" && environment !== "testing") return () => undefined;
  let stack: StackFile | null | undefined;
  return (store) => {
    stack ??= readStack(root);
    const url = stack?.engines[store]?.url;
    return url === undefined
      ? undefined
      : { value: url, origin: { from: "stack", file: stackFilePath(root) } };
  };
}
