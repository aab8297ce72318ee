/** What the harnesses of engines behind a TCP port share. */
import type { OpenStore, StoreName, StoreOptions } from "../../src/stores/store.ts";
import { engineOptions } from "../support/engines.ts";
import type { Cuttable, Harness, OpenOptions, Outage } from "./harness.ts";
import { closedPort, startProxy, type TcpProxy } from "./proxy.ts";

/** Brings up whatever refuses a wrong password, and says where it listens. */
type PasswordedPort = () => Promise<number>;

export function engineFaults(
  name: StoreName,
  openStore: OpenStore,
  passwordedPort: PasswordedPort,
): Pick<Harness, "open" | "outage" | "cuttable" | "end"> {
  const proxies: TcpProxy[] = [];
  const started = async (target: Parameters<typeof startProxy>[0]) => {
    const proxy = await startProxy(target);
    proxies.push(proxy);
    return proxy;
  };
  const optionsAt = (namespace: string, port: number | null, options: OpenOptions): StoreOptions => {
    const base = engineOptions(name, namespace);
    const connection = port === null ? base.connection : { ...base.connection, host: "127.0.0.1", port };
    return { ...base, ...options, connection };
  };
  const portOf: Readonly<Record<Outage, () => Promise<number>>> = {
    refused: closedPort,
    hanging: async () => (await started(null)).port,
    "wrong password": passwordedPort,
  };
  return {
    open: (namespace, options = {}) => openStore(optionsAt(namespace, null, options)),
    async outage(kind, password, options) {
      const base = optionsAt("conf_outage", await portOf[kind](), options);
      return openStore({ ...base, connection: { ...base.connection, password } });
    },
    async cuttable(namespace, options = {}): Promise<Cuttable> {
      const { host, port } = engineOptions(name, namespace).connection;
      const proxy = await started({ host, port });
      const store = openStore(optionsAt(namespace, proxy.port, options));
      return { store, cut: async () => proxy.cut(), hang: async () => proxy.hang() };
    },
    async end() {
      await Promise.all(proxies.map((proxy) => proxy.close()));
    },
  };
}
