import { afterAll, describe, expect, it } from "vitest";
import { t } from "../../../src/encoding/types.ts";
import { encodeValue } from "../../../src/encoding/value.ts";
import type { StoreOptions } from "../../../src/stores/store.ts";
import { engineOptions, hasEngine } from "../../support/engines.ts";
import { batches, collectionOf, encode, failure, Kit, LOGIN, never, reading } from "./kit.ts";

const ROLE = `dbctl_role_${process.pid}`;
const REF = (name: string) => ({ store: "postgres" as const, name });

async function drained(items: AsyncIterable<unknown> | undefined): Promise<void> {
  for await (const _ of items ?? []);
}

describe.skipIf(!hasEngine("postgres"))("what a role may do", () => {
  const kit = new Kit("access");
  const owner = (async () => {
    const store = await kit.ready();
    await kit.sql(`CREATE ROLE ${ROLE} ${LOGIN}; GRANT USAGE ON SCHEMA public TO ${ROLE}`);
    return store;
  })();
  afterAll(async () => {
    await kit.sql(`DROP OWNED BY ${ROLE}; DROP ROLE ${ROLE}`);
  });
  const asRole = (options: Partial<StoreOptions> = {}) => {
    const { connection } = engineOptions("postgres", kit.namespace);
    return kit.open({ connection: { ...connection, user: ROLE }, ...options });
  };
  const TYPES = { id: t.int(), s: t.text() };

  it("row-level security is an error, never fewer rows", async () => {
    await owner;
    await kit.sql(`CREATE TABLE secured (id int PRIMARY KEY, s text); INSERT INTO secured VALUES (1, 'a'), (2, 'b');
      ALTER TABLE secured ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON secured USING (id = 1);
      GRANT ALL ON secured TO ${ROLE}`);
    const secured = await collectionOf(asRole(), "secured", TYPES);
    const ordered = secured.ordered;
    const rows = encode(secured, [{ id: 3, s: "c" }]);
    const calls: Record<string, () => Promise<unknown>> = {
      count: () => secured.count(reading),
      scan: () => drained(secured.scan(reading)),
      keys: () => drained(secured.keys(reading)),
      lookup: () => secured.lookup([[encodeValue(t.int(), 2)]], reading),
      split: () => ordered?.split(1, reading) ?? Promise.resolve(),
      digest: () => drained(ordered?.digest?.([{ from: null, to: null }], reading)),
      remove: () => secured.remove([[encodeValue(t.int(), 2)]], reading),
      insert: () => secured.load(batches(rows), { signal: never, mode: "insert" }),
      upsert: () => secured.load(batches(rows), { signal: never, mode: "upsert" }),
    };
    for (const [name, call] of Object.entries(calls)) {
      expect(await failure(call()), name).toMatchObject({ code: "PERMISSION_DENIED", store: "postgres" });
    }
    await kit.sql(`ALTER ROLE ${ROLE} BYPASSRLS`);
    for (const call of Object.values(calls)) await call();
    expect(await secured.count(reading)).toBe(2);
  });

  it("a missing privilege is named", async () => {
    await owner;
    await kit.sql("CREATE TABLE closed (id int PRIMARY KEY, s text)");
    const closed = await collectionOf(asRole(), "closed", TYPES);
    const error = await failure(closed.count(reading));
    expect(error).toMatchObject({ code: "PERMISSION_DENIED", data: { sqlstate: "42501" } });
    expect(error.message).toContain("closed");
    expect(await failure(asRole().migrations.ensureHistory(never))).toMatchObject({
      code: "PERMISSION_DENIED",
    });
    await (await owner).migrations.ensureHistory(never);
    await asRole().migrations.ensureHistory(never);
    expect(await failure(asRole().migrations.history(never))).toMatchObject({ code: "PERMISSION_DENIED" });
  });

  it("who may not create databases is told what to do; session facts say so before", async () => {
    const stranger = asRole({ namespace: `${kit.namespace}_other` });
    const error = await failure(stranger.ensureNamespace(never));
    expect(error).toMatchObject({ code: "PERMISSION_DENIED", hint: expect.stringContaining("--print-sql") });
    const facts = await stranger.inspectSession?.(never);
    expect(facts).toMatchObject({ user: ROLE, tls: null });
    expect(facts?.privileges).toContainEqual({ name: "create databases", granted: false });
    const inside = await asRole().inspectSession?.(never);
    expect(inside?.privileges).toContainEqual({ name: `create tables in ${kit.namespace}`, granted: false });
    expect((await (await owner).inspectSession?.(never))?.privileges.every(({ granted }) => granted)).toBe(
      true,
    );
  });

  it("a schema is a namespace, too: nothing outside of it is seen or touched", async () => {
    await owner;
    await kit.sql(
      `GRANT CREATE ON DATABASE "${kit.namespace}" TO ${ROLE}; CREATE TABLE outside (id int PRIMARY KEY)`,
    );
    const schema = 'The "Sch.ema"';
    const store = asRole({ schema });
    expect(store.initStatements?.()[0]).toBe('CREATE SCHEMA "The ""Sch.ema"""');
    expect(await store.health({ signal: never, deadlineMs: 2_000 })).toMatchObject({
      state: "up",
      namespaceExists: false,
      sizeBytes: null,
    });
    expect(await Promise.all([1, 2, 3].map(() => store.ensureNamespace(never)))).toContain("created");
    expect(await store.ensureNamespace(never)).toBe("exists");
    await store.migrations.ensureHistory(never);
    const text = "CREATE TABLE inside (id int PRIMARY KEY, s text); INSERT INTO inside VALUES (1, 'a')";
    const step = {
      version: "0001",
      name: "x",
      store: "postgres" as const,
      up: { file: "f", text },
      down: null,
      checksum: "",
      chain: "",
      directives: { transaction: true, lockTimeoutMs: 0, statementTimeoutMs: 0 },
    };
    await store.migrations.apply(step, { direction: "up", resume: null, dbctlVersion: "1", signal: never });
    expect((await store.catalog(never)).map(({ name }) => name)).toEqual(["inside"]);
    expect(await (await collectionOf(store, "inside", TYPES)).count(reading)).toBe(1);
    expect(await failure(collectionOf(store, "outside", { id: t.int() }))).toMatchObject({
      code: "COLLECTION_MISSING",
    });
    expect(await store.health({ signal: never, deadlineMs: 2_000 })).toMatchObject({
      namespaceExists: true,
      sizeBytes: expect.any(Number),
    });
    expect(await store.dropNamespaceIfEmpty(never)).toBe(false);

    await kit.sql(`CREATE VIEW leak AS SELECT * FROM "The ""Sch.ema""".inside`);
    const refused = await failure(store.dropCollection(REF("inside"), never));
    expect(refused.message).toContain("view public.leak");
    await kit.sql("DROP VIEW leak");
    await store.dropCollection(REF("inside"), never);
    await store.dropCollection(REF("outside"), never);
    await store.migrations.dropHistory(never);
    expect(await store.dropNamespaceIfEmpty(never)).toBe(true);
    expect(await store.dropNamespaceIfEmpty(never)).toBe(false);
    expect(await kit.sql("SELECT count(*)::int FROM outside")).toEqual([{ count: 0 }]);
  });

  it("five create one database at once; what others put there keeps it", async () => {
    const namespace = `${kit.namespace} "X.y"`;
    const stores = [1, 2, 3, 4, 5].map(() => kit.open({ namespace }));
    const states = await Promise.all(stores.map((store) => store.ensureNamespace(never)));
    expect(states.filter((state) => state === "created")).toHaveLength(1);
    const [first, ...others] = stores;
    if (first === undefined) throw new Error("unreachable");
    await Promise.all(others.map((store) => store.close()));
    for (const [make, drop] of [
      ["CREATE SCHEMA other", "DROP SCHEMA other"],
      ["CREATE TYPE mood AS ENUM ('x')", "DROP TYPE mood"],
      ["CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "DROP FUNCTION f()"],
      ["CREATE SEQUENCE s", "DROP SEQUENCE s"],
      ["SELECT lo_create(4711)", "SELECT lo_unlink(4711)"],
    ] as const) {
      const client = await kit.client(namespace);
      await client.query(make);
      expect(await first.dropNamespaceIfEmpty(never), make).toBe(false);
      await client.query(drop);
      await client.end();
    }
    const client = await kit.client(namespace);
    await client.query("CREATE EXTENSION citext");
    await client.end();
    expect(await first.dropNamespaceIfEmpty(never)).toBe(true);
    expect(await first.health({ signal: never, deadlineMs: 2_000 })).toMatchObject({
      state: "up",
      namespaceExists: false,
    });
    expect(await first.migrations.history(never)).toBeNull();
    expect(await failure(first.catalog(never))).toMatchObject({ code: "NOT_INITIALISED" });
  });

  it("a table that is locked exclusively holds up neither catalog nor health", async () => {
    await owner;
    await kit.sql(
      "CREATE TABLE held (id int); INSERT INTO held SELECT generate_series(1, 1000); ANALYZE held",
    );
    const holder = await kit.client();
    await holder.query("BEGIN; LOCK TABLE held");
    const startedMs = performance.now();
    expect(await (await owner).catalog(never)).toContainEqual({
      name: "held",
      rows: 1_000,
      sizeBytes: expect.any(Number),
    });
    const inSchema = kit.open({ schema: "public" });
    const report = await inSchema.health({ signal: never, deadlineMs: 2_000 });
    expect(report).toMatchObject({ state: "up", sizeBytes: null, findings: [{ severity: "warning" }] });
    expect(performance.now() - startedMs).toBeLessThan(1_500);
    await holder.query("ROLLBACK");
  });

  it("dropping a table takes along what hangs on it, whatever it is", async () => {
    await owner;
    await kit.sql(`CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child (id int REFERENCES parent);
      CREATE VIEW shown AS SELECT * FROM parent; CREATE MATERIALIZED VIEW stored AS SELECT 1 AS one`);
    const store = await owner;
    for (const name of ["parent", "stored", "never there"]) await store.dropCollection(REF(name), never);
    const names = (await store.catalog(never)).map(({ name }) => name);
    expect(names).toContain("child");
    for (const name of ["parent", "shown", "stored"]) expect(names).not.toContain(name);
  });
});
