import type { StoreTraits } from "../../src/stores/store.ts";
import { type FakeOptions, FakeServer, type FakeStore, openFake } from "../support/fake.ts";
import type { Capabilities, Harness, OpenOptions, Outage, Scripts } from "./harness.ts";
import { conformance } from "./suite.ts";

const scripts: Scripts = {
  extension: "fake",
  create: (name) => `table ${name}`,
  drop: (name) => `drop ${name}`,
  fail: (word) => `fail ${word}`,
  sleep: (seconds) => `sleep ${seconds}`,
  separator: "\n",
  invalid: { text: "put a 1\n\nnonsense here\n", line: 3 },
};

const OUTAGES: Readonly<Record<Outage, Partial<FakeServer>>> = {
  refused: { mode: "down" },
  hanging: { mode: "hanging" },
  "wrong password": { password: "another one" },
};

/** The fake as an engine of these traits. */
function fakeHarness(capabilities: Capabilities): Harness {
  const server = new FakeServer();
  const fakeOptions: FakeOptions = {
    traits: capabilities.traits,
    ordered: capabilities.ordered,
    digest: capabilities.digest,
    repeats: !capabilities.exactScans,
    batchBytes: 1 << 20,
  };
  const open = (namespace: string, options: OpenOptions = {}) =>
    openFake({ ...fakeOptions, ...options, namespace, server });
  return {
    name: "postgres",
    capabilities,
    scripts,
    open,
    async createCollection(store, name, fields, keyLength, required) {
      const columns = fields.map((field) => ({ ...field, required: required.includes(field.column) }));
      server.createTable(store.namespace, name, columns, keyLength);
    },
    expression: () => undefined,
    holdsNull: () => true,
    holds: () => true,
    async outage(kind, password, options) {
      const server = Object.assign(new FakeServer(), OUTAGES[kind]);
      return openFake({ ...fakeOptions, ...options, namespace: "fake", server, password });
    },
    async cuttable(namespace, options) {
      const store: FakeStore = open(namespace, options);
      return { store, cut: async () => store.cut(), hang: async () => store.hang() };
    },
    async dropNamespace(namespace) {
      server.namespaces.delete(namespace);
    },
    async end() {},
  };
}

const transactional: StoreTraits = {
  transactionalDdl: true,
  snapshotReads: true,
  visibilityDelayMs: 0,
  uniqueKeys: true,
};
const plain = { ...transactional, transactionalDdl: false, snapshotReads: false, uniqueKeys: false };
const all = { ordered: true, digest: true, exactScans: true, lock: true };

conformance("the fake, transactional", fakeHarness({ ...all, traits: transactional }));
conformance("the fake, with duplicates", fakeHarness({ ...all, traits: plain }));
conformance(
  "the fake, without order",
  fakeHarness({
    ...all,
    traits: { ...plain, uniqueKeys: true },
    ordered: false,
    digest: false,
    exactScans: false,
  }),
);
