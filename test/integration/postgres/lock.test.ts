import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { hostname } from "node:os";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import type { LockHolder, Store } from "../../../src/stores/store.ts";
import { engineOptions, hasEngine } from "../../support/engines.ts";
import { failure, Kit, never } from "./kit.ts";
import { TcpProxy, TransactionPooler } from "./proxy.ts";

const HELD =
  "FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

describe.skipIf(!hasEngine("postgres"))("the lock", () => {
  const kit = new Kit("lock");
  const store = kit.ready();
  const children: ChildProcess[] = [];
  const servers: { close(): void }[] = [];
  afterAll(() => {
    for (const child of children) child.kill("SIGKILL");
    for (const server of servers) server.close();
  });

  const lock = <T>(
    of: Store,
    waitMs: number,
    run: (signal: AbortSignal) => Promise<T>,
    onWait?: (holder: LockHolder) => void,
  ) => {
    if (of.withLock === undefined) throw new Error("there is no lock");
    return of.withLock("migrate", { waitMs, signal: never, onWait }, run);
  };
  const via = (port: number) => {
    const { connection } = engineOptions("postgres", kit.namespace);
    return kit.open({ connection: { ...connection, host: "127.0.0.1", port }, statementTimeoutMs: 500 });
  };

  /** A process of its own that holds the lock until it is killed. */
  async function holder(): Promise<ChildProcess> {
    await store;
    const script = fileURLToPath(new URL("./hold-lock.ts", import.meta.url));
    const child = spawn(
      process.execPath,
      [script, JSON.stringify(engineOptions("postgres", kit.namespace))],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    children.push(child);
    await once(child.stdout, "data");
    return child;
  }

  it("names the process that holds it, and is free at once when that is killed", async () => {
    const child = await holder();
    const error = await failure(lock(await store, 0, async () => {}));
    expect(error).toMatchObject({ code: "LOCK_HELD", data: { host: hostname(), pid: child.pid } });
    expect(error.message).toContain(String(child.pid));
    const waits: LockHolder[] = [];
    const killedMs = new Promise<number>((resolve) =>
      setTimeout(() => {
        child.kill("SIGKILL");
        resolve(performance.now());
      }, 300),
    );
    const enteredMs = await lock(
      await store,
      20_000,
      async () => performance.now(),
      (held) => waits.push(held),
    );
    expect(enteredMs - (await killedMs)).toBeLessThan(2_000);
    expect(waits[0]).toMatchObject({ pid: child.pid });
  });

  it("aborts the run when its backend is ended, and throws LOCK_LOST", async () => {
    const entered = Promise.withResolvers<void>();
    let abortedMs = 0;
    const ended = lock(await store, 0, async (signal) => {
      entered.resolve();
      await once(signal, "abort");
      abortedMs = performance.now();
    });
    const running = failure(ended);
    await entered.promise;
    const cutMs = performance.now();
    await kit.sql(`SELECT pg_terminate_backend(pid) ${HELD}`);
    expect(await running).toMatchObject({ code: "LOCK_LOST", store: "postgres" });
    expect(abortedMs - cutMs).toBeLessThan(1_000);
  });

  it("aborts the run when the network goes, and when the server falls silent", async () => {
    for (const fault of ["cut", "hang"] as const) {
      const proxy = await TcpProxy.start();
      servers.push(proxy);
      const far = via(proxy.port);
      const entered = Promise.withResolvers<void>();
      const ended = lock(far, 0, async (signal) => {
        entered.resolve();
        await once(signal, "abort");
      });
      const running = failure(ended);
      await entered.promise;
      const startedMs = performance.now();
      proxy[fault]();
      expect(await running).toMatchObject({ code: "LOCK_LOST" });
      expect(performance.now() - startedMs).toBeLessThan(fault === "cut" ? 1_000 : 6_000);
      await far.close();
      proxy.close();
    }
  });

  it("survives the caller's interruption until the run has ended", async () => {
    const [one, other] = [await store, kit.open()];
    const controller = new AbortController();
    const seen: string[] = [];
    await one.withLock?.("migrate", { waitMs: 0, signal: controller.signal }, async (signal) => {
      controller.abort();
      expect(signal.aborted).toBe(true);
      await new Promise((resolve) => setTimeout(resolve, 600));
      seen.push(String((await failure(lock(other, 0, async () => {}))).code));
    });
    expect(seen).toEqual(["LOCK_HELD"]);
  });

  it("does not stand in the way of an index that is built concurrently", async () => {
    await store;
    await kit.sql("CREATE TABLE indexed (id int)");
    const [one, other] = [await store, kit.open()];
    await lock(one, 0, async () => {
      const waiting = failure(lock(other, 1_500, async () => {}));
      await kit.sql("CREATE INDEX CONCURRENTLY indexed_id ON indexed (id)");
      expect(await waiting).toMatchObject({ code: "LOCK_HELD" });
    });
  });

  it("refuses a pooler that shares connections by transaction, and leaves no lock behind", async () => {
    await store;
    const pooler = await TransactionPooler.start(kit.namespace);
    servers.push(pooler);
    const error = await failure(lock(via(pooler.port), 0, async () => {}));
    expect(error).toMatchObject({ code: "CONFIG_INVALID" });
    expect(error.message).toContain("pooler");
    expect(await kit.sql(`SELECT pid ${HELD}`)).toEqual([]);
  });
});
