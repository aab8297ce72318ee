import { chownSync, copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run } from "../../../src/commands/test.ts";
import { readStack, stackDown, stackUp } from "../../../src/stack/index.ts";
import { silentReporter } from "../../../src/ui/reporter.ts";
import { hasEngine } from "../../support/engines.ts";
import { withoutStoreVariables } from "../../support/environment.ts";
import { contextFor } from "./project.ts";

const certificates = fileURLToPath(new URL("./certificates/", import.meta.url));
const CA = join(certificates, "ca.pem");
const OTHER_CA = join(certificates, "other-ca.pem");
const PASSWORD = "Kaw9/Vun3@%q";

/** A server with SCRAM and, from `encrypt` on, TLS with a certificate that names `localhost`. */
describe.skipIf(!hasEngine("postgres"))("TLS and channel binding", () => {
  const root = mkdtempSync(join(tmpdir(), "dbctl-tls-"));
  const stack = {
    root,
    reporter: silentReporter,
    signal: AbortSignal.timeout(120_000),
    env: withoutStoreVariables(process.env),
  };
  let port = 0;

  beforeAll(async () => {
    await stackUp({ ...stack, stores: ["postgres"] });
    const engine = readStack(root)?.engines.postgres;
    if (engine === undefined) throw new Error("no PostgreSQL");
    port = engine.port;
    await administer(engine.url, [`CREATE ROLE app LOGIN PASSWORD '${PASSWORD}'`]);
  });

  afterAll(async () => {
    await stackDown({ ...stack, purge: true });
    rmSync(root, { recursive: true, force: true });
  });

  async function administer(url: string, statements: readonly string[]): Promise<void> {
    const client = new pg.Client({ connectionString: url, database: "postgres" });
    await client.connect();
    for (const statement of statements) await client.query(statement);
    await client.end();
  }

  /** What `dbctl test` says of the server under this URL. */
  async function probe(query: string, { host = "localhost", password = PASSWORD } = {}) {
    const url = `postgres://app:${encodeURIComponent(password)}@${host}:${port}/postgres?${query}`;
    const context = await contextFor({
      configuration: { stores: { postgres: {} } },
      env: { DATABASE_URL: url },
    });
    const { exitStatus, data } = await run(context, {});
    expect(JSON.stringify(data)).not.toContain(PASSWORD);
    expect(JSON.stringify(data)).not.toContain(encodeURIComponent(PASSWORD));
    const [store] = data.stores;
    return {
      exitStatus,
      code: store?.error?.code ?? null,
      message: store?.error?.message,
      ...store?.encryption,
    };
  }

  describe("a server that does not encrypt", () => {
    test.each(["", "sslmode=disable", "sslmode=allow", "sslmode=prefer"])(
      "is used with %j",
      async (query) => {
        expect(await probe(query)).toMatchObject({ exitStatus: 0, encrypted: false, session: null });
      },
    );

    test.each([
      "sslmode=require",
      "sslmode=verify-full",
      "channel_binding=require",
      "sslmode=prefer&channel_binding=require",
    ])("is refused with %j", async (query) => {
      expect(await probe(query)).toMatchObject({ exitStatus: 3, code: "STORE_UNREACHABLE", encrypted: null });
    });
  });

  describe("a server that encrypts", () => {
    beforeAll(async () => {
      const engine = readStack(root)?.engines.postgres;
      if (engine === undefined) throw new Error("no PostgreSQL");
      const owner = statSync(engine.dataDir);
      copyFileSync(join(certificates, "server.pem"), join(engine.dataDir, "server.crt"));
      const key = join(engine.dataDir, "server.key");
      writeFileSync(key, readFileSync(join(certificates, "server.key")), { mode: 0o600 });
      chownSync(key, owner.uid, owner.gid);
      await administer(engine.url, ["ALTER SYSTEM SET ssl = on", "SELECT pg_reload_conf()"]);
    });

    test("sslmode=prefer notices that it has begun to", async () => {
      const isOn = async () => (await probe("sslmode=prefer")).encrypted;
      await expect.poll(isOn, { timeout: 10_000 }).toBe(true);
    });

    test.each([
      ["sslmode=require"],
      ["sslmode=require&channel_binding=require"],
      ["channel_binding=require"],
      ["sslmode=require&channel_binding=disable"],
      [`sslmode=verify-full&sslrootcert=${CA}`],
      [`sslmode=verify-full&sslrootcert=${CA}&channel_binding=require`],
      [`sslrootcert=${CA}`],
    ])("is used encrypted with %s", async (query) => {
      expect(await probe(query)).toMatchObject({
        exitStatus: 0,
        encrypted: true,
        session: expect.stringMatching(/^TLSv1\.[23] /),
        channelBinding: /channel_binding=(\w+)/.exec(query)?.[1] ?? null,
      });
    });

    test("is used without encryption where that is wanted", async () => {
      expect(await probe("sslmode=disable")).toMatchObject({ exitStatus: 0, encrypted: false });
    });

    test.each([
      ["an authority that nobody knows", "sslmode=verify-full", "localhost"],
      ["another authority", `sslmode=verify-full&sslrootcert=${OTHER_CA}`, "localhost"],
      ["another authority, the name left aside", `sslmode=verify-ca&sslrootcert=${OTHER_CA}`, "localhost"],
      [
        "another authority for sslmode=require, as in libpq",
        `sslmode=require&sslrootcert=${OTHER_CA}`,
        "localhost",
      ],
      ["a name that the certificate does not have", `sslmode=verify-full&sslrootcert=${CA}`, "127.0.0.1"],
    ])("is refused for %s", async (_, query, host) => {
      const result = await probe(query, { host });
      expect(result).toMatchObject({ exitStatus: 3, code: "STORE_UNREACHABLE" });
      expect(result.message).toMatch(/certificate|altname|signed|issuer/i);
    });

    test("sslmode=verify-ca does not look at the name", async () => {
      const result = await probe(`sslmode=verify-ca&sslrootcert=${CA}`, { host: "127.0.0.1" });
      expect(result).toMatchObject({ exitStatus: 0, wanted: "verify-ca", encrypted: true });
    });

    test.each(["sslmode=require", "sslmode=require&channel_binding=require", "sslmode=disable"])(
      "lets nobody in with a wrong password: %s",
      async (query) => {
        expect(await probe(query, { password: `${PASSWORD}x` })).toMatchObject({
          exitStatus: 8,
          code: "AUTH_FAILED",
        });
      },
    );
  });
});
