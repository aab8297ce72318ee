import { asDbctlError } from "../errors.ts";
import type { CollectionInfo, Store } from "../stores/store.ts";

/** What the store's namespace holds; nothing when there is no namespace. */
export async function catalogOf(store: Store, signal: AbortSignal): Promise<readonly CollectionInfo[]> {
  try {
    return await store.catalog(signal);
  } catch (error) {
    if (asDbctlError(error).code === "NOT_INITIALISED") return [];
    throw error;
  }
}
