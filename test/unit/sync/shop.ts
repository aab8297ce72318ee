import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clickhouse, type Entity, entity, postgres } from "../../../src/config/entity.ts";
import { projectionOf } from "../../../src/config/projection.ts";
import { t } from "../../../src/encoding/types.ts";
import { encodeRow } from "../../../src/encoding/value.ts";
import type { Collection, RowBatch } from "../../../src/stores/store.ts";
import { type FakeStore, openFake } from "../../support/fake.ts";
import { type FakeProject, type FakeStoreName, fakeProject } from "../migrate/fake-project.ts";

/** Customers with a full copy, orders with an archive of the finished ones, notes with no copy at all. */
export const ENTITIES: readonly Entity[] = [
  entity("customers", {
    key: ["id"],
    fields: { id: t.int(), name: t.text() },
    source: postgres("customers"),
    copies: [clickhouse("customers")],
  }),
  entity("orders", {
    key: ["id"],
    fields: { id: t.int(), customerId: t.int(), total: t.decimal(18, 2), paidAt: t.timestamp() },
    source: postgres("orders"),
    copies: [clickhouse("orders_archive", { role: "archive", where: { paidAt: { not: null } } })],
  }),
  entity("notes", { key: ["id"], fields: { id: t.int() }, source: postgres("notes") }),
];

const SEED = `export default {
  name: "shop",
  entities: {
    customers: {
      keep: ["id"],
      *rows({ scale, random }) {
        for (let id = 1; id <= 10 * scale; id++) yield { id, name: random.pick(["Ann", "Bø", ""]) };
      },
    },
    orders: {
      *rows({ refs, random, now }) {
        let id = 0;
        for (const customer of refs.all("customers")) {
          for (let n = 0; n < 5; n++) {
            yield { id: ++id, customerId: customer.id, total: random.decimal(1, 900, 2), paidAt: n < 3 ? now : null };
          }
        }
      },
    },
  },
};`;

export interface Shop extends AsyncDisposable {
  readonly project: FakeProject;
  readonly stores: Readonly<Record<FakeStoreName, FakeStore>>;
  /** Writes rows by field names into a place of an entity, replacing those of their keys. */
  put(
    entity: string,
    store: FakeStoreName,
    rows: readonly Readonly<Record<string, unknown>>[],
  ): Promise<void>;
  /** How many rows a table has, whatever any filter says. */
  count(table: string, store: FakeStoreName): number;
  collection(entity: string, store: FakeStoreName): Promise<Collection>;
}

/** A project over stores in memory, its tables created and empty. */
export function openShop(): Shop {
  const project = fakeProject();
  mkdirSync(join(project.root, "seeds"));
  writeFileSync(join(project.root, "seeds", "shop.js"), SEED);
  const stores = { postgres: open(project, "postgres"), clickhouse: open(project, "clickhouse") };
  for (const declared of ENTITIES) {
    for (const place of [declared.source, ...declared.copies]) {
      const { fields, keyLength } = projectionOf(declared, place);
      stores[place.ref.store as FakeStoreName].createTable(place.ref.name, fields, keyLength);
    }
  }
  const collection = (name: string, store: FakeStoreName) => {
    const declared = ENTITIES.find((candidate) => candidate.name === name);
    const place = [declared?.source, ...(declared?.copies ?? [])].find((one) => one?.ref.store === store);
    if (declared === undefined || place === undefined) throw new Error(`${name} is not in ${store}`);
    return stores[store].collection(place.ref, projectionOf(declared, place), new AbortController().signal);
  };
  return {
    project,
    stores,
    collection,
    async put(name, store, rows) {
      const target = await collection(name, store);
      async function* batches(): AsyncGenerator<RowBatch> {
        const bytes = Buffer.concat(rows.map((row) => encodeRow(target.projection.fields, row)));
        yield { rows: rows.length, bytes };
      }
      await target.load(batches(), { signal: new AbortController().signal, mode: "upsert" });
    },
    count(table, store) {
      const rows = stores[store].server.namespace("shop").tables.get(table)?.rows.values() ?? [];
      return [...rows].flat().length;
    },
    [Symbol.asyncDispose]: () => project[Symbol.asyncDispose](),
  };
}

function open(project: FakeProject, name: FakeStoreName): FakeStore {
  const server = project.servers[name];
  server.create("shop");
  return openFake({ name, server, namespace: "shop" });
}
