import type { RowBatch } from "../../../src/stores/store.ts";
import type { FakeStore } from "../../support/fake.ts";
import { type Row, tupleOf, WHOLE } from "./scenario.ts";

/** Writes a row behind the back of whoever watches calls. */
export async function upsert(store: FakeStore, row: Row): Promise<void> {
  const { onCall } = store.server;
  store.server.onCall = null;
  try {
    const { signal } = new AbortController();
    const collection = await store.collection({ store: store.name, name: "rows" }, WHOLE, signal);
    async function* one(): AsyncGenerator<RowBatch> {
      yield { rows: 1, bytes: tupleOf(row) };
    }
    await collection.load(one(), { signal, mode: "upsert" });
  } finally {
    store.server.onCall = onCall;
  }
}
