import { DbctlError } from "../../../src/errors.ts";
import type { Store } from "../../../src/stores/store.ts";
import type { Mutation } from "../mutations.ts";
import { PASSWORD } from "../secrets.ts";
import { inCollections, inOrderedReads, inStore } from "./wrap.ts";

const never = new AbortController().signal;

/** `connect` fails as it does, with another error made of its own. */
const connectError = (change: (error: DbctlError) => DbctlError): Mutation["apply"] =>
  inStore((original) => ({
    connect: (signal) =>
      original.connect(signal).catch((error: unknown) => {
        throw error instanceof DbctlError ? change(error) : error;
      }),
  }));

const details = ({ store, hint }: DbctlError) => ({ store, hint });

export const lifecycleMutations: readonly Mutation[] = [
  {
    name: "close does not close",
    part: "lifecycle: closing",
    apply: inStore(() => ({ close: async () => {} })),
  },
  {
    name: "scan goes on when it is interrupted",
    part: "cancellation: scan",
    apply: inCollections((original) => ({ scan: (options) => original.scan({ ...options, signal: never }) })),
  },
  {
    name: "digest goes on when it is interrupted",
    part: "cancellation: ordered.digest",
    apply: inOrderedReads((original) => {
      const { digest } = original;
      if (digest === undefined) return null;
      return { digest: (ranges, options) => digest.call(original, ranges, { ...options, signal: never }) };
    }),
  },
  {
    name: "load goes on when it is interrupted",
    part: "cancellation: calls",
    apply: inCollections((original) => ({
      load: (rows, options) => original.load(rows, { ...options, signal: never }),
    })),
  },
  {
    name: "an interrupted load does not say what it wrote",
    part: "cancellation: calls",
    apply: inCollections((original) => ({
      load: (rows, options) =>
        original.load(rows, options).catch((error: unknown) => {
          throw error instanceof DbctlError
            ? new DbctlError(error.code, error.message, details(error))
            : error;
        }),
    })),
  },
  {
    name: "the message holds the password",
    part: "outages: wrong password",
    apply: connectError(
      (error) => new DbctlError(error.code, `${error.message} (${PASSWORD})`, details(error)),
    ),
  },
  {
    name: "the URL in a hint holds the password",
    part: "outages: wrong password",
    apply: connectError(
      (error) =>
        new DbctlError(error.code, error.message, {
          ...details(error),
          hint: `try http://u:${encodeURIComponent(PASSWORD)}@host`,
        }),
    ),
  },
  {
    name: "the driver's error, with its headers, is the cause",
    part: "outages: wrong password",
    apply: connectError((error) => {
      const headers = { authorization: `Basic ${Buffer.from(`default:${PASSWORD}`).toString("base64")}` };
      const cause = Object.assign(new Error("401"), { request: { headers } });
      return new DbctlError(error.code, error.message, { ...details(error), cause });
    }),
  },
  {
    name: "a wrong password counts as unreachable",
    part: "outages: wrong password",
    apply: connectError((error) => new DbctlError("STORE_UNREACHABLE", error.message, details(error))),
  },
  {
    name: "health throws when the store is down",
    part: "outages: refused",
    apply: inStore((original) => ({
      async health(options) {
        await original.connect(options.signal);
        return original.health(options);
      },
    })),
  },
  {
    name: "the catalog shows dbctl's own collections",
    part: "lifecycle: catalog",
    apply: inStore((original) => ({
      catalog: async (signal) => [
        ...(await original.catalog(signal)),
        { name: "_migration_history", rows: 1, sizeBytes: 1 },
      ],
    })),
  },
  {
    name: "a namespace that is not empty is said to be dropped",
    part: "lifecycle: namespaces",
    apply: inStore((original) => ({
      async dropNamespaceIfEmpty(signal) {
        await original.dropNamespaceIfEmpty(signal);
        return true;
      },
    })),
  },
  {
    name: "of several faulty columns one is named",
    part: "collections: ",
    apply: inStore((original) => ({
      collection: (ref, projection, signal) =>
        original.collection(ref, projection, signal).catch((error: unknown) => {
          if (!(error instanceof DbctlError) || error.code !== "CONFIG_INVALID") throw error;
          throw new DbctlError("CONFIG_INVALID", error.message.split("; ")[0] ?? "");
        }),
    })),
  },
  {
    name: "a collection that is missing is an error of configuration",
    part: "collections: ",
    apply: inStore((original) => ({
      collection: (ref, projection, signal) =>
        original.collection(ref, projection, signal).catch((error: unknown) => {
          if (!(error instanceof DbctlError) || error.code !== "COLLECTION_MISSING") throw error;
          throw new DbctlError("CONFIG_INVALID", error.message);
        }),
    })),
  },
  {
    name: "the traits say the contrary of unique keys",
    part: "lifecycle: what is declared",
    apply: inStore(({ traits }: Store) => ({ traits: { ...traits, uniqueKeys: !traits.uniqueKeys } })),
  },
];
