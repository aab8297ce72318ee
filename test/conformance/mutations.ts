import type { Store } from "../../src/stores/store.ts";
export function mutated(store: Store): Store {
  return store;
}
